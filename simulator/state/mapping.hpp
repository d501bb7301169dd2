#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <sys/mman.h>

namespace gantry::state {

/// A file in memory, as long as this is there. Where it is written to it is a copy.
class Mapping {
 public:
  /// Of a file that has so many bytes, and is not made shorter. False: it cannot be mapped.
  Mapping(int fd, std::size_t size)
      : data_(mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0)), size_(size) {}
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, MAP_FAILED)), size_(other.size_) {}
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping() {
    if (data_ != MAP_FAILED) {
      munmap(data_, size_);
    }
  }

  explicit operator bool() const { return data_ != MAP_FAILED; }
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  void* data_;
  std::size_t size_;
};

}  // namespace gantry::state

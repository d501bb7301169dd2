#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

#include <sys/mman.h>

namespace gantry::ssd {

/// An array of zeros, which must be a value of T, that takes memory only where it has been written
/// to: a fresh device of terabytes needs next to none. In huge pages, where the system has them,
/// since what is read from it at random would else miss the address cache each time.
template <class T>
class LazyArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit LazyArray(std::size_t size) : data_(map(size), Unmap{size}) {}

  std::size_t size() const { return data_.get_deleter().size; }
  T& operator[](std::size_t at) { return data_.get()[at]; }
  const T& operator[](std::size_t at) const { return data_.get()[at]; }
  std::span<T> all() { return {data_.get(), size()}; }
  std::span<const T> all() const { return {data_.get(), size()}; }

 private:
  static std::size_t bytes(std::size_t size) { return size == 0 ? 1 : size * sizeof(T); }

  struct Unmap {
    std::size_t size = 0;
    void operator()(T* data) const { munmap(data, bytes(size)); }
  };

  static T* map(std::size_t size) {
    void* const data = mmap(nullptr, bytes(size), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) {
      throw std::bad_alloc();
    }
    madvise(data, bytes(size), MADV_HUGEPAGE);
    return static_cast<T*>(data);
  }

  std::unique_ptr<T, Unmap> data_;
};

}  // namespace gantry::ssd

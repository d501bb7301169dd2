#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "ssd/archive.hpp"
#include "ssd/device_transfer.hpp"

namespace gantry::ssd {

/// A device's state as bytes.
class MemoryWriter : public Archive<MemoryWriter> {
 public:
  static constexpr bool kRestores = false;

  void raw(std::span<std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void array(std::span<std::byte> bytes) { raw(bytes); }
  void fail() { std::abort(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class MemoryReader : public Archive<MemoryReader> {
 public:
  static constexpr bool kRestores = true;

  explicit MemoryReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  void raw(std::span<std::byte> bytes) {
    if (bytes.size() > rest_.size()) {
      fail();
    }
    const auto count = std::min(bytes.size(), rest_.size());
    std::copy_n(rest_.begin(), count, bytes.begin());
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(count), bytes.end(), std::byte{0});
    rest_ = rest_.subspan(count);
  }
  void array(std::span<std::byte> bytes) { raw(bytes); }
  void fail() { failed_ = true; }
  bool is_good() const { return !failed_ && rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  bool failed_ = false;
};

inline std::vector<std::byte> state_of(Device& device) {
  MemoryWriter writer;
  device.transfer(writer);
  return writer.bytes();
}

}  // namespace gantry::ssd

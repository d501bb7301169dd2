#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ssd/archive.hpp"

namespace gantry::state {

/// Gives back the state of a device. Whatever the file says, it writes into the fields alone.
class Reader : public ssd::Archive<Reader> {
 public:
  static constexpr bool kRestores = true;

  /// books and arrays are sections; arrays begins at an offset of the file.
  Reader(std::span<const std::byte> books, std::span<const std::byte> arrays, int fd,
         std::uint64_t arrays_offset)
      : books_(books), arrays_(arrays), fd_(fd), offset_(arrays_offset) {}

  void raw(std::span<std::byte> bytes);
  void array(std::span<std::byte> bytes);
  void fail() { failed_ = true; }

  /// All of the file was read, and nothing failed.
  bool is_good() const { return !failed_ && books_.empty() && arrays_.empty(); }

 private:
  void restore_run(std::span<std::byte> bytes);
  bool map(std::span<std::byte> bytes) const;

  std::span<const std::byte> books_;   // what is left of them
  std::span<const std::byte> arrays_;  // likewise
  int fd_;
  std::uint64_t offset_;  // of arrays_
  bool failed_ = false;
};

}  // namespace gantry::state

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "ssd/archive.hpp"
#include "state/checksum.hpp"

namespace gantry::state {

/// Takes the state of a device: what is in its arrays goes to the file at once, all else is kept as
/// the books.
class Writer : public ssd::Archive<Writer> {
 public:
  static constexpr bool kRestores = false;

  /// Writes where fd is now. path is for errors only.
  Writer(int fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)) {}

  void raw(std::span<const std::byte> bytes);
  void array(std::span<const std::byte> bytes);
  void fail() {}  // what is saved is what a device has

  const std::optional<base::Error>& error() const { return error_; }
  const std::vector<std::byte>& books() const { return books_; }
  std::uint64_t array_bytes() const { return array_bytes_; }
  std::uint64_t array_checksum() const { return checksum_.value(); }

 private:
  void write(std::span<const std::byte> bytes);

  int fd_;
  std::filesystem::path path_;
  std::vector<std::byte> books_;
  std::uint64_t array_bytes_ = 0;
  Checksum checksum_;
  std::optional<base::Error> error_;
};

}  // namespace gantry::state

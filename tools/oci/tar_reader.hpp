#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "content/entry.hpp"

namespace gantry::oci {

/// Bytes in order: fills the span as far as it can; 0 bytes mean the end.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual base::Result<std::size_t> read(std::span<std::byte> into) = 0;
};

/// Reads ustar, PAX and GNU (long names, base-256 numbers) archives. The archive is hostile: every
/// number is bounded, names are normalised ("./a//b/" is "a/b"), one that climbs out of the root
/// ("..") is an error, sparse and unknown types are errors that name the entry.
class TarReader {
 public:
  explicit TarReader(ByteSource& source) : source_(source) {}

  /// The next entry (its source and identity empty, whiteouts recognised), or nothing at the end.
  /// Skips what was not read of the one before. The root directory itself is not reported.
  base::Result<std::optional<content::Entry>> next();

  /// The content of the current file entry, piece by piece; 0 at its end.
  base::Result<std::size_t> read(std::span<std::byte> into);

  /// Offset in the stream at which the current entry's content begins.
  std::uint64_t content_offset() const { return content_offset_; }

 private:
  ByteSource& source_;
  std::uint64_t position_ = 0;
  std::uint64_t content_offset_ = 0;
  std::uint64_t remaining_ = 0;  // of the current content
  std::uint64_t padding_ = 0;
};

}  // namespace gantry::oci

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/byte_source.hpp"
#include "oci/pax.hpp"
#include "oci/tar_header.hpp"

namespace gantry::oci {

/// Reads v7, ustar, PAX and GNU (long names, base-256 numbers) archives. The archive is hostile:
/// every number is bounded, names are normalised ("/./a//b/" is "a/b"), one that climbs out of the
/// root ("..") is an error, sparse and unknown types are errors that name the entry, and so is
/// whatever two readers could understand differently (two extended headers for one entry).
class TarReader {
 public:
  explicit TarReader(ByteSource& source) : source_(source) {}

  /// The next entry (its source and identity empty, whiteouts recognised), or nothing at the end,
  /// when all of the source has been read. Skips what was not read of the one before. The root
  /// directory itself is not reported; an opaque whiteout in it has the path "".
  base::Result<std::optional<content::Entry>> next();

  /// The content of the current file entry, piece by piece; 0 at its end.
  base::Result<std::size_t> read(std::span<std::byte> into);

  /// Offset in the stream at which the current entry's content begins.
  std::uint64_t content_offset() const { return content_offset_; }

 private:
  /// What headers before an entry's own say about it.
  struct Extension {
    std::optional<PaxRecords> pax;
    std::optional<std::string> long_name;
    std::optional<std::string> long_link;
    bool empty() const { return !pax && !long_name && !long_link; }
  };

  base::Result<std::optional<TarHeader>> next_header();
  base::Result<void> extend(const TarHeader& header, Extension& extension);
  base::Result<std::optional<content::Entry>> make_entry(TarHeader header,
                                                         const Extension& extension);
  base::Result<std::string> read_block_text(const TarHeader& header, std::uint64_t limit);
  base::Result<std::size_t> read_some(std::span<std::byte> into);
  base::Result<void> read_exactly(std::span<std::byte> into);
  base::Result<void> skip_content();
  base::Result<void> read_to_end();
  void begin_content(std::uint64_t size);

  ByteSource& source_;
  PaxRecords global_;
  std::vector<std::byte> scratch_;
  std::uint64_t position_ = 0;
  std::uint64_t content_offset_ = 0;
  std::uint64_t remaining_ = 0;  // of the current content
  std::uint64_t padding_ = 0;    // after it
  bool readable_ = false;        // whether the current content is the caller's to read
  bool ended_ = false;
};

}  // namespace gantry::oci

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/byte_source.hpp"

namespace gantry::oci {

/// The archive of a tree as a stream of bytes, made while it is read: file contents go from their
/// sources straight to the reader's buffer. Whiteouts come first within their directory
/// (image-spec, layer.md), all else in the tree's order.
class TarStream : public ByteSource {
 public:
  /// tree must be sorted, have every parent directory, and outlive this. No mtime in the archive is
  /// later than latest_mtime.
  TarStream(const content::Tree& tree, std::int64_t latest_mtime);

  /// An input that is not what the tree says (gone, unreadable, of another size) is an error that
  /// names it.
  base::Result<std::size_t> read(std::span<std::byte> into) override;

 private:
  base::Result<void> advance();
  base::Result<void> open_content();
  base::Result<std::size_t> read_content(std::span<std::byte> into);
  base::Result<void> close_content();

  std::vector<const content::Entry*> entries_;
  std::size_t next_ = 0;  // index of the entry whose header comes next
  std::int64_t latest_mtime_;
  bool ended_ = false;

  std::string pending_;  // headers and padding that were not read yet
  std::size_t pending_at_ = 0;

  const content::Entry* current_ = nullptr;  // whose content is being read
  std::uint64_t remaining_ = 0;              // bytes of it
  base::Fd fd_;
  std::string open_path_;  // of fd_: many entries may lie in one file
};

}  // namespace gantry::oci

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "content/entry.hpp"

namespace gantry::oci {

/// Bytes of a file that belong into a part of an archive.
struct TarContent {
  const content::Entry* entry = nullptr;
  std::uint64_t begin = 0;  ///< in the entry's content
  std::span<std::byte> into;
  /// The entry's source, where other contents are read from it too; null: to be opened for this
  /// one.
  std::shared_ptr<const base::Fd> source;
};

/// A part of an archive in which only contents are still missing.
struct TarPart {
  std::size_t size = 0;
  std::vector<TarContent> contents;
};

/// The archive of a tree, in parts that can be filled at the same time. Whiteouts come first within
/// their directory (image-spec, layer.md), all else in the tree's order.
class TarStream {
 public:
  /// tree must be sorted, have every parent directory, and outlive this. No mtime in the archive is
  /// later than latest_mtime.
  TarStream(const content::Tree& tree, std::int64_t latest_mtime);

  /// The archive's next bytes: headers and padding are written to into, which read_contents() fills
  /// up. As long as into but at the end; size 0 after it.
  base::Result<TarPart> next(std::span<std::byte> into);

 private:
  base::Result<void> advance();
  base::Result<TarContent> next_content(std::span<std::byte> into);
  base::Result<std::shared_ptr<const base::Fd>> open_shared(const content::Source& source);

  std::vector<const content::Entry*> entries_;
  std::size_t next_ = 0;  // index of the entry whose header comes next
  std::int64_t latest_mtime_;
  bool ended_ = false;

  std::string pending_;  // headers and padding that were not given out yet
  std::size_t pending_at_ = 0;

  const content::Entry* current_ = nullptr;  // whose content is being given out
  std::uint64_t begin_ = 0;                  // of the rest of it
  std::shared_ptr<const base::Fd> open_;     // many entries may lie in one file, one in many parts
  content::Source open_source_;
};

/// Reads what part is missing. An input that is not what the tree says (gone, unreadable, of
/// another size) is an error that names it.
base::Result<void> read_contents(const TarPart& part);

}  // namespace gantry::oci

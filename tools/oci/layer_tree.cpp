#include "oci/layer_tree.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "content/digest.hpp"
#include "oci/decoder.hpp"
#include "oci/tar_reader.hpp"

namespace gantry::oci {

using content::Entry;

namespace {

constexpr std::size_t kMaxEntries = 2'000'000;
constexpr std::size_t kMaxText = std::size_t{1} << 30;
constexpr std::size_t kPiece = std::size_t{64} << 10;

std::size_t text_size(const Entry& entry) {
  std::size_t size = entry.path.size() + entry.link_target.size();
  for (const auto& [name, value] : entry.xattrs) {
    size += name.size() + value.size();
  }
  return size;
}

base::Result<content::Digest> hash_content(TarReader& reader, std::span<std::byte> buffer) {
  content::Sha256 hash;
  for (;;) {
    GANTRY_TRY(const auto count, reader.read(buffer));
    if (count == 0) {
      return hash.finish();
    }
    hash.update(buffer.first(count));
  }
}

/// Entries of one name become neighbours, in their old order.
bool same_place(const Entry& a, const Entry& b) {
  return !content::entry_less(a, b) && !content::entry_less(b, a);
}

}  // namespace

base::Result<std::vector<Entry>> read_tar_entries(ByteSource& tar, Contents contents) {
  TarReader reader(tar);
  std::vector<Entry> entries;
  std::vector<std::byte> buffer(contents == Contents::kHash ? kPiece : 0);
  std::size_t text = 0;
  for (;;) {
    GANTRY_TRY(auto entry, reader.next());
    if (!entry) {
      return entries;
    }
    if (base::interrupted()) {
      return base::Error{"interrupted", "", ""};
    }
    text += text_size(*entry);
    if (entries.size() == kMaxEntries || text > kMaxText) {
      return base::Error{
          fmt::format("the tar archive has more than {} entries or {} bytes of names", kMaxEntries,
                      kMaxText),
          "", ""};
    }
    if (entry->type == content::EntryType::kFile) {
      entry->source_offset = reader.content_offset();
      if (contents == Contents::kHash) {
        GANTRY_TRY(entry->identity, hash_content(reader, buffer));
      }
    }
    entries.push_back(*std::move(entry));
  }
}

content::Tree sorted_tree(std::vector<Entry> entries) {
  // The last of each name comes first, so that unique() keeps it.
  std::reverse(entries.begin(), entries.end());
  std::stable_sort(entries.begin(), entries.end(), content::entry_less);
  entries.erase(std::unique(entries.begin(), entries.end(), same_place), entries.end());
  return entries;
}

base::Result<std::vector<Entry>> read_layer_entries(const BlobDirectory& blobs,
                                                    const Descriptor& layer,
                                                    const std::optional<Digest>& diff_id,
                                                    Contents contents) {
  auto entries = [&]() -> base::Result<std::vector<Entry>> {
    GANTRY_TRY(const auto tar, open_layer(blobs, layer, diff_id));
    return read_tar_entries(*tar, contents);
  }();
  if (!entries && entries.error().where.empty()) {
    entries.error().where = "layer " + layer.digest.text();
  }
  return entries;
}

base::Result<content::Tree> read_layer_tree(const BlobDirectory& blobs, const Descriptor& layer,
                                            const std::optional<Digest>& diff_id,
                                            Contents contents) {
  GANTRY_TRY(auto entries, read_layer_entries(blobs, layer, diff_id, contents));
  return sorted_tree(std::move(entries));
}

}  // namespace gantry::oci

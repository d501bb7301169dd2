#include "oci/tar_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>

#include "oci/layer_tree.hpp"
#include "oci/merged_tree.hpp"

namespace {

class DataSource : public gantry::oci::ByteSource {
 public:
  explicit DataSource(std::span<const std::byte> rest) : rest_(rest) {}

  gantry::base::Result<std::size_t> read(std::span<std::byte> into) override {
    const auto count = std::min(into.size(), rest_.size());
    std::copy_n(rest_.begin(), count, into.begin());
    rest_ = rest_.subspan(count);
    return count;
  }

  bool ended() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

/// Gives every block that is not all zeros the checksum of a tar header. Without it next to no
/// mutation would be read any further than that.
void mend_checksums(std::span<std::uint8_t> archive) {
  constexpr std::size_t kBlock = 512;
  constexpr std::size_t kChecksum = 148;
  constexpr std::size_t kChecksumSize = 8;
  for (; archive.size() >= kBlock; archive = archive.subspan(kBlock)) {
    const auto block = archive.first(kBlock);
    if (std::all_of(block.begin(), block.end(), [](std::uint8_t b) { return b == 0; })) {
      continue;
    }
    const auto field = block.subspan(kChecksum, kChecksumSize);
    std::fill(field.begin(), field.end(), std::uint8_t{' '});
    auto sum = std::accumulate(block.begin(), block.end(), 0U);
    for (std::size_t digit = 6; digit-- > 0; sum /= 8) {
      field[digit] = static_cast<std::uint8_t>('0' + sum % 8);
    }
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 != 0) {
    mend_checksums(std::span(data, size));
  }
  return size;
}

/// Names that come out are clean, an archive that is read without an error is read to its end, and
/// the tree that its entries make is sorted and leads through directories alone.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gantry::content::EntryType;
  DataSource source(std::as_bytes(std::span(data, size)));
  auto entries = gantry::oci::read_tar_entries(source, gantry::oci::Contents::kHash);
  if (!entries) {
    return 0;
  }
  require(source.ended());
  for (const auto& entry : *entries) {
    require(gantry::content::is_clean_path(entry.path) ||
            (entry.type == EntryType::kOpaqueWhiteout && entry.path.empty()));
    require(entry.type != EntryType::kHardLink ||
            gantry::content::is_clean_path(entry.link_target));
  }
  gantry::oci::TreeMerger merger;
  auto copy = *entries;
  if (!merger.add_layer(*std::move(entries)) || !merger.add_layer(std::move(copy))) {
    return 0;
  }
  const auto tree = merger.finish();
  const auto find = [&](std::string_view path) {
    return std::lower_bound(tree.begin(), tree.end(), path,
                            [](const auto& merged, std::string_view wanted) {
                              return gantry::content::path_less(merged.entry.path, wanted);
                            });
  };
  for (const auto& [entry, layer, bytes] : tree) {
    const auto slash = entry.path.rfind('/');
    if (slash != std::string::npos) {
      const auto parent = find(std::string_view(entry.path).substr(0, slash));
      require(parent != tree.end() && parent->entry.path == entry.path.substr(0, slash));
      require(parent->entry.type == EntryType::kDirectory);
    }
    if (entry.type == EntryType::kHardLink) {
      const auto target = find(entry.link_target);
      require(target != tree.end() && target->entry.path == entry.link_target && target->bytes);
    }
  }
  return 0;
}

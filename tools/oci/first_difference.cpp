#include "oci/first_difference.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/decoder.hpp"
#include "oci/diff.hpp"
#include "oci/tar_reader.hpp"

namespace gantry::oci {

using content::Entry;

namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

/// In what two entries of one path differ but for their content; empty if in nothing.
std::string difference_of_headers(const Entry& a, const Entry& b) {
  if (a.type != b.type) {
    return "kind of entry";
  }
  if (a.link_target != b.link_target) {
    return fmt::format("target ('{}' and '{}')", base::printable(a.link_target),
                       base::printable(b.link_target));
  }
  if (a.mode != b.mode) {
    return fmt::format("mode ({:04o} and {:04o})", a.mode, b.mode);
  }
  if (a.uid != b.uid || a.gid != b.gid) {
    return fmt::format("owner ({}:{} and {}:{})", a.uid, a.gid, b.uid, b.gid);
  }
  if (a.mtime != b.mtime) {
    return fmt::format("mtime ({} and {})", base::format_time(a.mtime), base::format_time(b.mtime));
  }
  if (a.xattrs != b.xattrs) {
    return "extended attributes";
  }
  if (a.device_major != b.device_major || a.device_minor != b.device_minor) {
    return "device number";
  }
  return "";
}

/// One side of a comparison: a layer's archive as it is read.
class LayerSide {
 public:
  static base::Result<LayerSide> open(const Image& image, std::size_t layer) {
    GANTRY_TRY(auto source,
               open_layer(image.blobs, image.manifest.layers[layer], image.config.diff_ids[layer]));
    return LayerSide(std::move(source));
  }

  base::Result<void> next() {
    GANTRY_TRY(entry_, reader_->next());
    return {};
  }
  const std::optional<Entry>& entry() const { return entry_; }

  base::Result<std::size_t> fill(std::span<std::byte> into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
      GANTRY_TRY(const auto count, reader_->read(into.subspan(filled)));
      if (count == 0) {
        break;
      }
      filled += count;
    }
    return filled;
  }

 private:
  explicit LayerSide(std::unique_ptr<ByteSource> source)
      : source_(std::move(source)), reader_(std::make_unique<TarReader>(*source_)) {}

  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<TarReader> reader_;
  std::optional<Entry> entry_;
};

/// The offset at which the current files' contents differ, if they do.
base::Result<std::optional<std::uint64_t>> difference_of_contents(LayerSide& a, LayerSide& b) {
  std::vector<std::byte> one(kPiece);
  std::vector<std::byte> two(kPiece);
  for (std::uint64_t offset = 0;;) {
    GANTRY_TRY(const auto one_size, a.fill(one));
    GANTRY_TRY(const auto two_size, b.fill(two));
    const auto size = std::min(one_size, two_size);
    const auto [mismatch, other] =
        std::mismatch(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(size), two.begin());
    const auto same = static_cast<std::uint64_t>(mismatch - one.begin());
    if (same < size || one_size != two_size) {
      return std::optional(offset + same);
    }
    if (size == 0) {
      return std::optional<std::uint64_t>();
    }
    offset += size;
  }
}

FirstDifference one_sided(const LayerSide& a, const LayerSide& b) {
  const bool only_first = !b.entry() || (a.entry() && content::entry_less(*a.entry(), *b.entry()));
  const auto& entry = only_first ? *a.entry() : *b.entry();
  return {"", std::string(entry.path), only_first ? "only in the first" : "only in the second"};
}

base::Result<std::optional<FirstDifference>> compare_archives(const Image& first,
                                                              const Image& second,
                                                              std::size_t layer) {
  GANTRY_TRY(auto a, LayerSide::open(first, layer));
  GANTRY_TRY(auto b, LayerSide::open(second, layer));
  for (;;) {
    GANTRY_CHECK(a.next());
    GANTRY_CHECK(b.next());
    if (!a.entry() && !b.entry()) {
      return std::optional<FirstDifference>();
    }
    if (!a.entry() || !b.entry() || a.entry()->path != b.entry()->path) {
      return std::optional(one_sided(a, b));
    }
    const std::string path(a.entry()->path);
    if (auto how = difference_of_headers(*a.entry(), *b.entry()); !how.empty()) {
      return std::optional(FirstDifference{"", path, std::move(how)});
    }
    GANTRY_TRY(const auto offset, difference_of_contents(a, b));
    if (offset) {
      const auto sizes = a.entry()->size == b.entry()->size
                             ? std::string()
                             : fmt::format(" ({} and {} bytes)", a.entry()->size, b.entry()->size);
      return std::optional(
          FirstDifference{"", path, fmt::format("content at offset {}{}", *offset, sizes)});
    }
  }
}

std::string encoder_of(const Descriptor& layer) {
  const auto found = layer.annotations.find("dev.gantry.encoder");
  return found == layer.annotations.end() ? "an unknown encoder" : found->second;
}

/// What made the layer, as its history entry says.
std::string place_of(const Image& image, std::size_t layer) {
  std::size_t index = 0;
  for (const auto& entry : image.config.history) {
    if (!entry.empty_layer && index++ == layer && !entry.created_by.empty()) {
      return fmt::format("layer {} ({})", layer + 1, entry.created_by);
    }
  }
  return fmt::format("layer {}", layer + 1);
}

base::Result<FirstDifference> compare_layer(const Image& first, const Image& second,
                                            std::size_t layer) {
  const auto place = place_of(first, layer);
  if (first.config.diff_ids[layer] != second.config.diff_ids[layer]) {
    GANTRY_TRY(auto difference, compare_archives(first, second, layer));
    if (difference) {
      difference->place = place;
      return *std::move(difference);
    }
    return FirstDifference{place, "", "the same entries in differently written archives"};
  }
  return FirstDifference{place, "",
                         fmt::format("the same archive, compressed differently ({} and {})",
                                     encoder_of(first.manifest.layers[layer]),
                                     encoder_of(second.manifest.layers[layer]))};
}

}  // namespace

base::Result<std::optional<FirstDifference>> first_difference(const Image& first,
                                                              const Image& second) {
  if (first.descriptor.digest == second.descriptor.digest) {
    return std::optional<FirstDifference>();
  }
  const auto& a = first.manifest.layers;
  const auto& b = second.manifest.layers;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (a[i].digest != b[i].digest) {
      GANTRY_TRY(auto difference, compare_layer(first, second, i));
      return std::optional(std::move(difference));
    }
  }
  if (a.size() != b.size()) {
    return std::optional(FirstDifference{
        "the layers", "", fmt::format("{} in the first and {} in the second", a.size(), b.size())});
  }
  GANTRY_TRY(const auto diff, diff_images(first, second));
  if (!diff.config.empty()) {
    const auto& change = diff.config.front();
    return std::optional(
        FirstDifference{"the configuration", "",
                        fmt::format("{} ('{}' and '{}')", change.name,
                                    base::printable(change.before.value_or("nothing")),
                                    base::printable(change.after.value_or("nothing")))});
  }
  return std::optional(
      FirstDifference{"the manifest", "", "the same content in different documents"});
}

}  // namespace gantry::oci

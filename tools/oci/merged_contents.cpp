#include "oci/merged_contents.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/interrupt.hpp"
#include "oci/decoder.hpp"

namespace gantry::oci {

namespace {

std::vector<const MergedEntry*> files_by_origin(const MergedTree& tree) {
  std::vector<const MergedEntry*> files;
  for (const auto& merged : tree) {
    if (merged.bytes) {
      files.push_back(&merged);
    }
  }
  std::sort(files.begin(), files.end(),
            [](const MergedEntry* a, const MergedEntry* b) { return *a->bytes < *b->bytes; });
  return files;
}

base::Result<void> visit_layer(ByteSource& tar, std::span<const MergedEntry* const> files,
                               const ContentVisitor& visitor) {
  TarReader reader(tar);
  for (std::size_t position = 0;; ++position) {
    GANTRY_TRY(const auto entry, reader.next());
    if (!entry) {
      break;
    }
    if (base::interrupted()) {
      return base::Error{"interrupted", "", ""};
    }
    if (!files.empty() && files.front()->bytes->position == position) {
      GANTRY_CHECK(visitor(*files.front(), reader));
      files = files.subspan(1);
    }
  }
  if (!files.empty()) {
    return base::Error{"the archive has changed while it was read", "", ""};
  }
  return {};
}

}  // namespace

base::Result<void> visit_contents(const Image& image, const MergedTree& tree,
                                  const ContentVisitor& visitor) {
  const auto files = files_by_origin(tree);
  for (auto first = files.begin(); first != files.end();) {
    const auto layer = (*first)->bytes->layer;
    const auto last = std::find_if(
        first, files.end(), [&](const MergedEntry* file) { return file->bytes->layer != layer; });
    const auto visited = [&]() -> base::Result<void> {
      GANTRY_TRY(const auto tar, open_layer(image.blobs, image.manifest.layers[layer],
                                            image.config.diff_ids[layer]));
      return visit_layer(*tar, std::span(first, last), visitor);
    }();
    if (!visited) {
      auto error = visited.error();
      if (error.where.empty()) {
        error.where = "layer " + image.manifest.layers[layer].digest.text();
      }
      return error;
    }
    first = last;
  }
  return {};
}

base::Result<void> visit_layer_contents(ByteSource& tar, const MergedTree& tree, std::size_t layer,
                                        const ContentVisitor& visitor) {
  auto files = files_by_origin(tree);
  std::erase_if(files, [layer](const MergedEntry* file) { return file->bytes->layer != layer; });
  return visit_layer(tar, files, visitor);
}

}  // namespace gantry::oci

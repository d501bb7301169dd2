#include "oci/image_index.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "oci/manifest.hpp"

namespace gantry::oci {

namespace {

/// What all say the same of themselves; not what each stands on.
Annotations common_annotations(std::span<const Image> images) {
  Annotations common = images.front().manifest.annotations;
  std::erase_if(common, [&](const auto& pair) {
    return pair.first.starts_with("org.opencontainers.image.base.") ||
           std::any_of(images.begin(), images.end(), [&](const Image& image) {
             const auto found = image.manifest.annotations.find(pair.first);
             return found == image.manifest.annotations.end() || found->second != pair.second;
           });
  });
  return common;
}

}  // namespace

base::Result<Descriptor> put_index(const BlobStore& store, std::span<const Image> images) {
  Index index;
  for (const auto& image : images) {
    Descriptor entry;
    entry.media_type = image.descriptor.media_type;
    entry.digest = image.descriptor.digest;
    entry.size = image.descriptor.size;
    entry.platform = image.config.platform;
    index.manifests.push_back(std::move(entry));
  }
  const auto platform = [](const Descriptor& entry) { return entry.platform->text(); };
  std::sort(index.manifests.begin(), index.manifests.end(),
            [&](const auto& a, const auto& b) { return platform(a) < platform(b); });
  const auto twice =
      std::adjacent_find(index.manifests.begin(), index.manifests.end(),
                         [&](const auto& a, const auto& b) { return platform(a) == platform(b); });
  if (twice != index.manifests.end()) {
    return base::Error{fmt::format("two of the images are for {}", platform(*twice)), "",
                       "an index has one image for each platform"};
  }
  index.annotations = common_annotations(images);
  return store.put(to_json(index), media_type::kIndex);
}

base::Result<BuiltImage> build_index(const ImageSpec& spec, const BlobStore& store,
                                     const BuildOptions& options) {
  BuiltImage whole;
  std::vector<Image> images;
  for (const auto& platform : spec.platforms) {
    auto one = spec;
    one.platforms = {platform};
    one.name = fmt::format("{} ({})", spec.name, platform.text());
    GANTRY_TRY(auto built, build_image(one, store, options));
    whole.layers += built.layers;
    whole.rebuilt += built.rebuilt;
    std::move(built.inputs.begin(), built.inputs.end(), std::back_inserter(whole.inputs));
    std::move(built.warnings.begin(), built.warnings.end(), std::back_inserter(whole.warnings));
    GANTRY_TRY(auto image, read_image(store.blobs(), built.manifest));
    images.push_back(std::move(image));
  }
  GANTRY_TRY(whole.manifest, put_index(store, images));
  return whole;
}

}  // namespace gantry::oci

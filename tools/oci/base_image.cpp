#include "oci/base_image.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "oci/docker_archive.hpp"
#include "oci/image.hpp"
#include "oci/layer_tree.hpp"

namespace gantry::oci {

namespace {

namespace fs = std::filesystem;

/// An OCI image may not name Docker's media types; the bytes are the same.
base::Result<std::string> oci_media_type(const std::string& type) {
  struct Pair {
    std::string_view from, to;
  };
  constexpr std::array<Pair, 5> kTypes = {
      {{media_type::kLayer, media_type::kLayer},
       {media_type::kLayerGzip, media_type::kLayerGzip},
       {media_type::kLayerZstd, media_type::kLayerZstd},
       {media_type::kDockerLayerGzip, media_type::kLayerGzip},
       {"application/vnd.docker.image.rootfs.diff.tar", media_type::kLayer}}};
  for (const auto& [from, to] : kTypes) {
    if (type == from) {
      return std::string(to);
    }
  }
  return base::Error{fmt::format("the base has a layer of the type '{}'", type), "",
                     "layers must be tar, tar+gzip or tar+zstd archives"};
}

/// History entries that stand for a layer must be as many as the layers.
void fit_history(BaseImage& base) {
  auto& history = base.config.history;
  const auto named = std::count_if(history.begin(), history.end(),
                                   [](const HistoryEntry& entry) { return !entry.empty_layer; });
  if (static_cast<std::size_t>(named) == base.layers.size()) {
    return;
  }
  HistoryEntry entry;
  entry.created = base.config.created;
  entry.comment = "from the base image";
  history.assign(base.layers.size(), entry);
}

std::string name_of_base(const ImageSpec& spec, const Image& image) {
  const auto name = image.descriptor.annotations.find("org.opencontainers.image.ref.name");
  if (name != image.descriptor.annotations.end()) {
    return name->second;
  }
  return spec.base.kind == ImageBase::Kind::kImageFile
             ? fs::path(spec.base.location).stem().native()
             : "";
}

base::Result<BaseImage> open_stored(const ImageSpec& spec, const BlobStore& store) {
  const bool is_file = spec.base.kind == ImageBase::Kind::kImageFile;
  const auto reference = is_file ? spec.base.location : "oci:" + spec.base.location;
  GANTRY_TRY(auto image,
             open_image(reference, spec.platform() != nullptr ? spec.platform()->text() : ""));
  BaseImage base;
  base.name = name_of_base(spec, image);
  base.digest = image.descriptor.digest;
  base.inputs.push_back(is_file ? fs::path(spec.base.location) : image.blobs.root() / "index.json");
  for (auto layer : image.manifest.layers) {
    if (image.blobs.root() != store.blobs().root()) {
      GANTRY_CHECK(store.adopt(image.blobs, layer));
    }
    GANTRY_TRY(layer.media_type, oci_media_type(layer.media_type));
    base.layers.push_back(std::move(layer));
  }
  base.config = std::move(image.config);
  return base;
}

base::Result<content::Tree> tree_of(const Descriptor& layer, const Digest& diff_id,
                                    const BlobStore& store) {
  GANTRY_TRY(auto known, store.find_tree(layer.digest));
  if (known) {
    return *std::move(known);
  }
  GANTRY_TRY(auto tree, read_layer_tree(store.blobs(), layer, diff_id, Contents::kSkip));
  GANTRY_CHECK(store.record_tree(layer.digest, tree));
  return tree;
}

}  // namespace

base::Result<BaseImage> open_base(const ImageSpec& spec, const BlobStore& store,
                                  const Encoder& encoder) {
  const bool is_archive = spec.base.kind == ImageBase::Kind::kDockerArchive;
  GANTRY_TRY(auto base, is_archive ? import_docker_archive(spec.base.location, store, encoder)
                                   : open_stored(spec, store));
  if (base.layers.size() != base.config.diff_ids.size()) {
    return base::Error{fmt::format("the base has {} layers, but its configuration names {}",
                                   base.layers.size(), base.config.diff_ids.size()),
                       spec.base.location, ""};
  }
  fit_history(base);
  return base;
}

base::Result<void> lay_base(const BaseImage& base, const BlobStore& store, Overlay& overlay) {
  const auto name =
      base.name.empty() ? std::string("the base image") : fmt::format("the base '{}'", base.name);
  for (std::size_t i = 0; i < base.layers.size(); ++i) {
    GANTRY_TRY(auto tree, tree_of(base.layers[i], base.config.diff_ids[i], store));
    GANTRY_CHECK(overlay.add({name, std::move(tree), false}));
  }
  return {};
}

}  // namespace gantry::oci

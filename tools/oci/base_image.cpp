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
  image.blobs = BlobDirectory(image.blobs.root(), store.blobs().fetcher());
  const bool is_here = image.blobs.is(store.blobs());
  if (!is_here) {
    GANTRY_CHECK(image.blobs.bring(image.manifest.layers));
  }
  BaseImage base;
  base.name = name_of_base(spec, image);
  base.digest = image.descriptor.digest;
  base.inputs.push_back(is_file ? fs::path(spec.base.location) : image.blobs.root() / "index.json");
  for (auto layer : image.manifest.layers) {
    if (!is_here) {
      GANTRY_CHECK(store.adopt(image.blobs, layer));
    }
    GANTRY_TRY(layer.media_type, oci_media_type(layer.media_type));
    base.layers.push_back(std::move(layer));
  }
  base.config = std::move(image.config);
  return base;
}

/// The trees of a base's layers.
class LayerTrees {
 public:
  LayerTrees(const BlobStore& store, const UserCache* cache) : store_(store), cache_(cache) {}

  base::Result<std::vector<content::Tree>> read(const BaseImage& base) {
    std::vector<std::optional<content::Tree>> known;
    std::vector<Descriptor> unknown;
    for (const auto& layer : base.layers) {
      GANTRY_TRY(auto tree, find(layer.digest));
      if (!tree) {
        unknown.push_back(layer);
      }
      known.push_back(std::move(tree));
    }
    GANTRY_CHECK(store_.blobs().bring(unknown));
    std::vector<content::Tree> trees;
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!known[i]) {
        GANTRY_TRY(known[i], read_from_blob(base.layers[i], base.config.diff_ids[i]));
      }
      trees.push_back(*std::move(known[i]));
    }
    return trees;
  }

  std::vector<base::Error> take_warnings() { return std::move(warnings_); }

 private:
  base::Result<std::optional<content::Tree>> find(const Digest& layer) {
    GANTRY_TRY(auto known, store_.find_tree(layer));
    if (known || cache_ == nullptr) {
      return known;
    }
    const auto fetched = cache_->fetch_tree(layer, store_);
    if (!fetched) {
      warnings_.push_back(fetched.error());
      return known;
    }
    return *fetched ? store_.find_tree(layer) : std::move(known);
  }

  base::Result<content::Tree> read_from_blob(const Descriptor& layer, const Digest& diff_id) {
    GANTRY_TRY(auto tree, read_layer_tree(store_.blobs(), layer, diff_id, Contents::kSkip));
    GANTRY_CHECK(store_.record_tree(layer.digest, tree));
    if (cache_ != nullptr) {
      if (const auto kept = cache_->put_tree(layer.digest, store_); !kept) {
        warnings_.push_back(kept.error());
      }
    }
    return tree;
  }

  const BlobStore& store_;
  const UserCache* cache_;
  std::vector<base::Error> warnings_;
};

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

base::Result<std::vector<base::Error>> lay_base(const BaseImage& base, const BlobStore& store,
                                                const UserCache* cache, Overlay& overlay) {
  const auto name =
      base.name.empty() ? std::string("the base image") : fmt::format("the base '{}'", base.name);
  LayerTrees layers(store, cache);
  GANTRY_TRY(auto trees, layers.read(base));
  for (auto& tree : trees) {
    GANTRY_CHECK(overlay.add({name, std::move(tree), false}));
  }
  return layers.take_warnings();
}

}  // namespace gantry::oci

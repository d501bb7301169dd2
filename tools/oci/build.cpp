#include "oci/build.hpp"

#include <iterator>
#include <numeric>

#include <fmt/format.h>

#include "base/file.hpp"
#include "content/git.hpp"
#include "content/git_version.hpp"
#include "content/manifest.hpp"
#include "content/runtime_libraries.hpp"
#include "content/scan.hpp"
#include "oci/base_image.hpp"
#include "oci/compose.hpp"
#include "oci/encoder.hpp"
#include "oci/image_config.hpp"
#include "oci/layer_writer.hpp"
#include "oci/manifest.hpp"
#include "oci/prebuilt.hpp"
#include "oci/rootfs_tar.hpp"

namespace gantry::oci {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxManifest = std::uint64_t{256} << 20;

/// A layer before it is composed, and what its history entry says.
struct Part {
  Overlay::Layer layer;
  std::string created_by;
};

class Builder {
 public:
  Builder(const ImageSpec& spec, const BlobStore& store, const BuildOptions& options)
      : spec_(spec), store_(store), options_(options) {}

  base::Result<BuiltImage> run();

 private:
  base::Result<void> find_provenance();
  base::Result<std::vector<Part>> collect_parts();
  base::Result<Part> library_part(const std::vector<Part>& lower,
                                  const std::vector<Part>& components);
  base::Result<Part> source_part(const LayerSource& source);
  base::Result<Part> directory_part(const std::string& directory);
  base::Result<Part> component_part(const LayerSource& source);
  base::Result<Part> prebuilt_part();
  base::Result<void> check_count(std::size_t own) const;
  base::Result<void> add_layer(Part part);
  base::Result<LayerRecord> find_or_write(const content::Tree& tree, const std::string& name);
  base::Result<void> finish();

  std::int64_t mtime_limit() const { return options_.epoch.value_or(0); }

  const ImageSpec& spec_;
  const BlobStore& store_;
  const BuildOptions& options_;
  std::unique_ptr<Encoder> encoder_;
  std::optional<BaseImage> base_;
  Provenance provenance_;
  Overlay overlay_;
  Config config_;
  Manifest manifest_;
  BuiltImage built_;
};

base::Result<BuiltImage> Builder::run() {
  GANTRY_TRY(encoder_, make_encoder(spec_.compression));
  GANTRY_CHECK(find_provenance());
  if (spec_.base.kind != ImageBase::Kind::kScratch) {
    GANTRY_TRY(base_, open_base(spec_, store_, *encoder_));
    built_.inputs.insert(built_.inputs.end(), base_->inputs.begin(), base_->inputs.end());
    manifest_.layers = base_->layers;
  }
  GANTRY_TRY(config_,
             configure(spec_, base_ ? std::optional(base_->config) : std::nullopt, provenance_));
  // Who adds nothing to the base need not know what is in it.
  if (base_ && (!spec_.rootfs.empty() || !spec_.layers.empty() || !spec_.prebuilt.empty())) {
    GANTRY_TRY(built_.warnings, lay_base(*base_, store_, options_.cache, overlay_));
  }
  GANTRY_TRY(auto parts, collect_parts());
  GANTRY_CHECK(check_count(parts.size()));
  for (auto& part : parts) {
    GANTRY_CHECK(add_layer(std::move(part)));
  }
  GANTRY_CHECK(finish());
  return std::move(built_);
}

base::Result<void> Builder::find_provenance() {
  if (!spec_.source_directory.empty()) {
    GANTRY_TRY(const auto revision, content::read_git_revision(spec_.source_directory));
    if (revision) {
      provenance_ = {revision->commit_time.value_or(0), revision->commit, revision->origin};
      built_.inputs.insert(built_.inputs.end(), revision->files.begin(), revision->files.end());
    }
    if (spec_.version_tag_prefix) {
      GANTRY_TRY(const auto git,
                 content::read_git_version(spec_.source_directory, *spec_.version_tag_prefix));
      if (git) {
        provenance_.version = git->version.text();
        built_.inputs.insert(built_.inputs.end(), git->files.begin(), git->files.end());
      }
    }
  }
  provenance_.created = options_.epoch.value_or(provenance_.created);
  return {};
}

base::Result<std::vector<Part>> Builder::collect_parts() {
  std::vector<Part> parts;
  if (!spec_.rootfs.empty()) {
    GANTRY_TRY(auto tree, read_rootfs_tar(spec_.rootfs, store_));
    built_.inputs.emplace_back(spec_.rootfs);
    const auto name = fs::path(spec_.rootfs).filename().native();
    parts.push_back({{fmt::format("the root file system '{}'", name), std::move(tree), false},
                     std::string(kRootfsLayer)});
  }
  std::vector<Part> components;
  for (const auto& source : spec_.layers) {
    GANTRY_TRY(auto part, source_part(source));
    components.push_back(std::move(part));
  }
  if (!spec_.prebuilt.empty()) {
    GANTRY_TRY(auto part, prebuilt_part());
    components.push_back(std::move(part));
  }
  if (spec_.runtime_libraries) {
    GANTRY_TRY(auto libraries, library_part(parts, components));
    if (!libraries.layer.tree.empty()) {
      parts.push_back(std::move(libraries));
    }
  }
  std::move(components.begin(), components.end(), std::back_inserter(parts));
  return parts;
}

/// What the programs of components need and neither they nor what lies below have.
base::Result<Part> Builder::library_part(const std::vector<Part>& lower,
                                         const std::vector<Part>& components) {
  std::vector<content::Tree> trees;
  for (const auto* const parts : {&lower, &components}) {
    for (const auto& part : *parts) {
      trees.push_back(part.layer.tree);
    }
  }
  const auto below = [this](std::string_view path) {
    const auto* const node = overlay_.find(path);
    return node == nullptr ? nullptr : node->entry;
  };
  GANTRY_TRY(auto libraries, content::find_runtime_libraries(trees, below));
  for (auto& entry : libraries.tree) {
    entry.mtime = mtime_limit();
  }
  built_.inputs.insert(built_.inputs.end(), libraries.host_files.begin(),
                       libraries.host_files.end());
  return Part{{"the runtime libraries", std::move(libraries.tree), false},
              std::string(kRuntimeLibrariesLayer)};
}

base::Result<Part> Builder::source_part(const LayerSource& source) {
  return source.manifest.empty() ? directory_part(source.directory) : component_part(source);
}

base::Result<Part> Builder::directory_part(const std::string& directory) {
  GANTRY_TRY(auto tree,
             content::scan_tree(directory, content::Identify::kByStat, content::Owners::kRoot));
  return Part{{fmt::format("directory '{}'", directory), std::move(tree), false},
              "gantry: directory"};
}

base::Result<Part> Builder::component_part(const LayerSource& source) {
  const fs::path manifest = source.manifest;
  auto text = base::read_file(manifest, kMaxManifest);
  if (!text) {
    auto error = std::move(text).error();
    error.hint = fmt::format(
        "'gantry image stage --component {}' writes it; in a CMake build tree, "
        "build the image's target",
        source.component);
    return error;
  }
  GANTRY_TRY(auto tree,
             content::parse_manifest(*text, manifest.parent_path() / "tree", manifest.native()));
  // The times of installed files are those of their build: they would differ from one to the next.
  for (auto& entry : tree) {
    entry.mtime = mtime_limit();
  }
  built_.inputs.push_back(manifest);
  return Part{{fmt::format("component '{}'", source.component), std::move(tree), true},
              fmt::format("gantry: component {}", source.component)};
}

base::Result<Part> Builder::prebuilt_part() {
  const auto labels = labels_of(spec_, provenance_);
  const auto version = labels.find("org.opencontainers.image.version");
  GANTRY_TRY(auto prebuilt, collect_prebuilt(spec_, config_.platform,
                                             version == labels.end() ? "" : version->second));
  for (auto& entry : prebuilt.tree) {
    entry.mtime = mtime_limit();
  }
  built_.inputs.insert(built_.inputs.end(), prebuilt.files.begin(), prebuilt.files.end());
  return Part{{"the prebuilt files", std::move(prebuilt.tree), true}, "gantry: prebuilt files"};
}

base::Result<void> Builder::check_count(std::size_t own) const {
  const auto below = base_ ? base_->layers.size() : 0;
  if (below + own <= kMaxLayers) {
    return {};
  }
  return base::Error{
      fmt::format("the image has {} layers ({} of its base), and no engine can mount more than {}",
                  below + own, below, kMaxLayers),
      "", "install what belongs together with one component"};
}

base::Result<void> Builder::add_layer(Part part) {
  const auto name = part.layer.name;
  GANTRY_CHECK(compose(overlay_, std::move(part.layer), mtime_limit()));
  GANTRY_TRY(auto record, find_or_write(overlay_.top().tree, name));
  manifest_.layers.push_back(std::move(record.descriptor));
  config_.diff_ids.push_back(record.diff_id);
  HistoryEntry entry;
  entry.created = provenance_.created;
  entry.created_by = std::move(part.created_by);
  config_.history.push_back(std::move(entry));
  return {};
}

base::Result<LayerRecord> Builder::find_or_write(const content::Tree& tree,
                                                 const std::string& name) {
  const LayerOptions options{mtime_limit(), options_.threads};
  const auto key = layer_key(tree, *encoder_, options);
  GANTRY_TRY(auto found, store_.find_layer(key));
  if (found) {
    return *std::move(found);
  }
  if (options_.cache != nullptr) {
    auto cached = options_.cache->fetch(key, store_);
    if (!cached) {
      built_.warnings.push_back(std::move(cached).error());
    } else if (*cached) {
      return **std::move(cached);
    }
  }
  const auto bytes = std::accumulate(
      tree.begin(), tree.end(), std::uint64_t{0},
      [](std::uint64_t sum, const content::Entry& entry) { return sum + entry.size; });
  const auto progress =
      options_.progress ? options_.progress(fmt::format("image {}: {}", spec_.name, name), bytes)
                        : base::make_silent_progress();
  GANTRY_TRY(auto record, write_layer(tree, *encoder_, options, store_, *progress));
  if (!options_.store_is_temporary) {
    GANTRY_CHECK(store_.record_tree(record.descriptor.digest, tree));
  }
  GANTRY_CHECK(store_.record_layer(key, record));
  ++built_.rebuilt;
  if (options_.cache != nullptr) {
    if (auto kept = options_.cache->put(key, record, store_); !kept) {
      built_.warnings.push_back(std::move(kept).error());
    }
  }
  return record;
}

base::Result<void> Builder::finish() {
  manifest_.annotations = annotations_of(spec_, provenance_);
  if (base_ && base_->digest) {
    manifest_.annotations.emplace("org.opencontainers.image.base.digest", base_->digest->text());
  }
  if (base_ && !base_->name.empty()) {
    manifest_.annotations.emplace("org.opencontainers.image.base.name", base_->name);
  }
  GANTRY_TRY(manifest_.config, store_.put(to_json(config_), media_type::kConfig));
  GANTRY_TRY(built_.manifest, store_.put(to_json(manifest_), media_type::kManifest));
  built_.layers = manifest_.layers.size();
  return {};
}

}  // namespace

base::Result<BuiltImage> build_image(const ImageSpec& spec, const BlobStore& store,
                                     const BuildOptions& options) {
  auto built = Builder(spec, store, options).run();
  if (!built) {
    auto error = std::move(built).error();
    error.where =
        fmt::format("image {}{}{}", spec.name, error.where.empty() ? "" : ": ", error.where);
    return error;
  }
  return built;
}

}  // namespace gantry::oci

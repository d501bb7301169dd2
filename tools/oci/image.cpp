#include "oci/image.hpp"

#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "oci/blob_store.hpp"
#include "oci/descriptor_json.hpp"
#include "oci/docker_archive.hpp"
#include "oci/encoder.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::string_view kLayoutPrefix = "oci:";
constexpr std::string_view kArchivePrefix = "docker-archive:";
constexpr std::string_view kImageFile = ".image";
constexpr const char* kForms =
    "an image is FILE.image, oci:DIR[:TAG|@DIGEST] or docker-archive:FILE; skopeo copy SOURCE "
    "oci:DIR makes an OCI layout of any other";

/// Either an image of one platform (absent: the host's), or all of it.
struct Wanted {
  std::optional<Platform> platform = {};
  bool any_platform = false;
};

Result<ImageRoot> open_image_file(const fs::path& path) {
  GANTRY_TRY(const auto text, base::read_file(path, kMaximumDocument));
  GANTRY_TRY(const auto document, JsonDocument::parse(text, path.native()));
  const auto root = document.root();
  GANTRY_TRY(const auto store_value, root.member("store"));
  GANTRY_TRY(const auto store, store_value.text());
  GANTRY_TRY(const auto manifest_value, root.member("manifest"));
  GANTRY_TRY(auto manifest, read_descriptor(manifest_value));
  return ImageRoot{BlobDirectory((path.parent_path() / store).lexically_normal()),
                   std::move(manifest)};
}

/// In a layout, entries of one tag may be the platforms of one image: then the platform chooses.
Result<ImageRoot> open_layout_image(std::string_view text, const Wanted& wanted) {
  GANTRY_TRY(const auto reference, parse_layout_reference(text));
  GANTRY_TRY(const auto layout, Layout::open(reference.directory));
  Selection selection{.tag = reference.tag, .digest = {}, .platform = wanted.platform};
  if (!reference.digest.empty()) {
    GANTRY_TRY(selection.digest, Digest::parse(reference.digest));
  }
  GANTRY_TRY(auto found, wanted.any_platform ? layout.find(selection) : layout.resolve(selection));
  return ImageRoot{layout.blobs(), std::move(found)};
}

Result<ImageRoot> open_any(std::string_view reference, const Wanted& wanted) {
  if (reference.starts_with(kLayoutPrefix)) {
    return open_layout_image(reference.substr(kLayoutPrefix.size()), wanted);
  }
  if (reference.starts_with(kArchivePrefix)) {
    return open_docker_archive(reference.substr(kArchivePrefix.size()), "none");
  }
  std::error_code failure;
  if (reference.ends_with(kImageFile) && !fs::is_directory(reference, failure)) {
    return open_image_file(reference);
  }
  GANTRY_TRY(const auto layout, parse_layout_reference(reference));
  if (fs::is_directory(layout.directory, failure)) {
    return open_layout_image(reference, wanted);
  }
  return base::Error{fmt::format("'{}' names no image", base::printable(reference)), "", kForms};
}

}  // namespace

// The archive has no manifest; ours is of what the archive says, so that its digest is the same
// every time.
Result<ImageRoot> open_docker_archive(const fs::path& path, std::string_view compression) {
  GANTRY_TRY(auto directory, base::TempDir::create());
  GANTRY_TRY(const auto store, BlobStore::open(directory.path()));
  GANTRY_TRY(const auto encoder, make_encoder(compression));
  GANTRY_TRY(auto archive, import_docker_archive(path, store, *encoder));
  Manifest manifest;
  manifest.layers = std::move(archive.layers);
  GANTRY_TRY(manifest.config, store.put(to_json(archive.config), media_type::kConfig));
  GANTRY_TRY(auto descriptor, store.put(to_json(manifest), media_type::kManifest));
  return ImageRoot{store.blobs(), std::move(descriptor),
                   std::make_shared<const base::TempDir>(std::move(directory))};
}

Result<LayoutReference> parse_layout_reference(std::string_view text) {
  if (text.starts_with(kLayoutPrefix)) {
    text.remove_prefix(kLayoutPrefix.size());
  }
  std::error_code failure;
  if (fs::is_directory(text, failure)) {
    return LayoutReference{text, "", ""};
  }
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const auto digest = text.substr(at + 1);
    GANTRY_TRY(const auto parsed, Digest::parse(digest));
    return LayoutReference{text.substr(0, at), "", parsed.text()};
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find('/', colon) != std::string_view::npos) {
    return LayoutReference{text, "", ""};
  }
  const auto tag = text.substr(colon + 1);
  if (!is_tag(tag)) {
    return base::Error{fmt::format("'{}' is not a tag", base::printable(tag)), "", kForms};
  }
  return LayoutReference{text.substr(0, colon), std::string(tag), ""};
}

Result<Image> read_image(const BlobDirectory& blobs, const Descriptor& descriptor) {
  const auto where = blobs.path_of(descriptor.digest).native();
  GANTRY_TRY(const auto manifest_json, blobs.read_document(descriptor));
  GANTRY_TRY(auto manifest, parse_manifest(manifest_json, where));
  if (manifest.config.media_type != media_type::kConfig) {
    return base::Error{fmt::format("not an image, but an artifact whose config is of type '{}'",
                                   manifest.config.media_type),
                       where, ""};
  }
  GANTRY_TRY(const auto config_json, blobs.read_document(manifest.config));
  GANTRY_TRY(auto config,
             parse_config(config_json, blobs.path_of(manifest.config.digest).native()));
  if (config.diff_ids.size() != manifest.layers.size()) {
    return base::Error{fmt::format("the manifest has {} layers, but its config {} diff_ids",
                                   manifest.layers.size(), config.diff_ids.size()),
                       where, ""};
  }
  return Image{.blobs = blobs,
               .descriptor = descriptor,
               .manifest = std::move(manifest),
               .config = std::move(config)};
}

Result<ImageRoot> open_root(std::string_view reference) {
  return open_any(reference, {.any_platform = true});
}

Result<Image> open_image(std::string_view reference, std::string_view platform) {
  std::optional<Platform> wanted;
  if (!platform.empty()) {
    GANTRY_TRY(wanted, Platform::parse(platform));
  }
  GANTRY_TRY(auto root, open_any(reference, {.platform = wanted}));
  if (media_type::is_index(root.descriptor.media_type)) {
    GANTRY_TRY(auto chosen, choose_platform(root.blobs, root.descriptor, wanted));
    chosen.annotations.merge(root.descriptor.annotations);  // the index's name is its name
    root.descriptor = std::move(chosen);
  }
  GANTRY_TRY(auto image, read_image(root.blobs, root.descriptor));
  image.unpacked = std::move(root.unpacked);
  const auto& found = image.config.platform;
  if (wanted &&
      (found.os != wanted->os || found.architecture != wanted->architecture ||
       (!wanted->variant.empty() && !found.variant.empty() && found.variant != wanted->variant))) {
    return base::Error{fmt::format("the image is for {}, not for {}", found.text(), wanted->text()),
                       std::string(reference), ""};
  }
  return image;
}

Result<bool> write_image_file(const fs::path& path, const fs::path& store,
                              const Descriptor& manifest) {
  std::error_code failure;
  const auto directory = fs::absolute(path, failure).parent_path().lexically_normal();
  const auto target = fs::absolute(store, failure).lexically_normal();
  const auto relative = target.lexically_relative(directory);
  const nlohmann::json value = {{"manifest", to_value(manifest)},
                                {"store", relative.empty() ? target : relative}};
  return base::write_file_if_changed(path, canonical(value) + "\n");
}

}  // namespace gantry::oci

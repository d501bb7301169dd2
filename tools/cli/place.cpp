#include "cli/place.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/local_image.hpp"
#include "oci/blob_store.hpp"
#include "oci/manifest.hpp"
#include "oci/referrer.hpp"
#include "registry/pull.hpp"
#include "registry/reference.hpp"
#include "registry/referrers.hpp"
#include "registry/shared_tag.hpp"
#include "registry/upload.hpp"

namespace gantry::cli {

using base::Result;

namespace {

class LayoutPlace : public Place {
 public:
  explicit LayoutPlace(oci::Layout layout) : layout_(std::move(layout)) {}

  std::string text() const override { return "oci:" + layout_.blobs().root().native(); }
  std::string name() const override {
    const auto path = std::filesystem::absolute(layout_.blobs().root()).lexically_normal();
    return (path.has_filename() ? path : path.parent_path()).filename().native();
  }
  Result<std::vector<oci::Descriptor>> referrers(const oci::Digest& subject) override {
    return layout_.referrers(subject);
  }
  Result<oci::BlobDirectory> fetch(const oci::Descriptor& /*manifest*/,
                                   std::uint64_t /*limit*/) override {
    return layout_.blobs();
  }
  Result<bool> attach(const oci::BlobDirectory& from, const oci::Descriptor& manifest) override {
    return layout_.attach(from, manifest);
  }
  Result<std::optional<oci::Descriptor>> find_cosign_signatures(
      const oci::Digest& subject) override {
    GANTRY_TRY(const auto index, layout_.read_index());
    for (const auto& entry : index.manifests) {
      const auto tag = entry.annotations.find(std::string(oci::kRefName));
      if (tag != entry.annotations.end() && tag->second == oci::signatures_tag(subject)) {
        return std::optional(entry);  // copied from a registry
      }
    }
    return std::optional<oci::Descriptor>();
  }
  Result<void> add_cosign_signature(const oci::Digest& /*subject*/,
                                    const supply::Signature& /*signature*/) override {
    return {};  // cosign knows no tags in layouts
  }

 private:
  oci::Layout layout_;
};

/// A repository, how it is spoken to, and what was fetched of it.
struct Remote {
  std::shared_ptr<registry::Client> client;  // whose connections the repository uses
  registry::Reference reference;
  registry::Repository repository;
  base::TempDir directory;
  oci::BlobStore store;

  registry::BlobTarget target() const { return {store.blobs(), directory.path() / "tmp"}; }
};

class RegistryPlace : public Place {
 public:
  explicit RegistryPlace(Remote remote) : remote_(std::move(remote)) {}

  std::string text() const override {
    return registry::to_text({remote_.reference.host, remote_.reference.repository, "", {}});
  }
  std::string name() const override { return text(); }
  Result<std::vector<oci::Descriptor>> referrers(const oci::Digest& subject) override {
    return registry::list_referrers(remote_.repository, subject);
  }
  Result<oci::BlobDirectory> fetch(const oci::Descriptor& manifest, std::uint64_t limit) override {
    GANTRY_TRY(
        const auto pulled,
        registry::pull_manifest(remote_.repository, manifest.digest.text(), {}, remote_.target()));
    auto size = pulled.manifest.config.size;
    for (const auto& layer : pulled.manifest.layers) {
      size = layer.size > limit ? layer.size : size + layer.size;
      if (size > limit) {
        return base::Error{fmt::format("it has more than {} bytes", limit),
                           fmt::format("{}@{}", text(), manifest.digest.text()), ""};
      }
    }
    GANTRY_CHECK(registry::pull_blobs(remote_.repository, pulled.manifest, remote_.target()));
    return remote_.store.blobs();
  }
  Result<bool> attach(const oci::BlobDirectory& from, const oci::Descriptor& manifest) override {
    auto locations = remote_.client->locations(remote_.repository);
    return registry::push_referrer(remote_.repository, from, manifest, locations);
  }
  Result<std::optional<oci::Descriptor>> find_cosign_signatures(
      const oci::Digest& subject) override {
    GANTRY_TRY(const auto document, remote_.repository.get_manifest(oci::signatures_tag(subject)));
    return document ? std::optional(document->descriptor) : std::nullopt;
  }
  Result<void> add_cosign_signature(const oci::Digest& subject,
                                    const supply::Signature& signature) override {
    const auto name = oci::signatures_tag(subject);
    const registry::SharedTag tag(remote_.repository, name, "the list of signatures",
                                  "a tag that keeps signatures has to be allowed to move");
    const auto change =
        [&](const std::optional<std::string>& document) -> Result<std::optional<std::string>> {
      GANTRY_TRY(const auto manifest, supply::add_signature(remote_.store, document, signature,
                                                            fmt::format("{}:{}", text(), name)));
      if (!manifest) {
        return std::optional<std::string>();
      }
      const auto blobs = remote_.store.blobs();
      GANTRY_CHECK(registry::put_blob(remote_.repository, blobs, manifest->config));
      GANTRY_CHECK(registry::put_blob(remote_.repository, blobs, manifest->layers.back()));
      return std::optional(oci::to_json(*manifest));
    };
    GANTRY_TRY(const bool changed, tag.change(oci::media_type::kManifest, change));
    static_cast<void>(changed);
    return {};
  }

 private:
  Remote remote_;
};

Result<Remote> open_remote(std::shared_ptr<registry::Client> client, registry::Reference reference,
                           registry::Repository repository) {
  GANTRY_TRY(auto directory, base::TempDir::create());
  GANTRY_TRY(auto store, oci::BlobStore::open(directory.path()));
  return Remote{std::move(client), std::move(reference), std::move(repository),
                std::move(directory), std::move(store)};
}

Result<Found> find_in_layout(const std::string& reference, const std::string& platform) {
  GANTRY_TRY(const auto place, oci::parse_layout_reference(reference));
  GANTRY_TRY(auto layout, oci::Layout::open(place.directory));
  oci::Selection selection{.tag = place.tag};
  if (!place.digest.empty()) {
    GANTRY_TRY(selection.digest, oci::Digest::parse(place.digest));
  }
  if (!platform.empty()) {
    GANTRY_TRY(selection.platform, oci::Platform::parse(platform));
  }
  GANTRY_TRY(auto descriptor,
             platform.empty() ? layout.find(selection) : layout.resolve(selection));
  GANTRY_CHECK(layout.blobs().verify(descriptor));
  return Found{make_layout_place(std::move(layout)), std::move(descriptor)};
}

Result<oci::Descriptor> find_manifest(const Remote& remote, const std::string& platform) {
  const auto wanted = tag_or_digest(remote.reference);
  if (!platform.empty()) {
    GANTRY_TRY(const auto chosen, oci::Platform::parse(platform));
    GANTRY_TRY(const auto pulled,
               registry::pull_manifest(remote.repository, wanted, chosen, remote.target()));
    return pulled.descriptor;
  }
  GANTRY_TRY(const auto document, remote.repository.get_manifest(wanted));
  if (!document) {
    return base::Error{"the registry has no such image", registry::to_text(remote.reference), ""};
  }
  return document->descriptor;
}

Result<Remote> open_remote(const std::string& text, registry::Access access,
                           const RegistryOptions& options) {
  GANTRY_TRY(auto reference, registry::parse_reference(text));
  GANTRY_TRY(auto client, make_client(options));
  GANTRY_TRY(auto repository, client->repository(reference, access));
  return open_remote(std::move(client), std::move(reference), std::move(repository));
}

Result<Found> find_in_registry(const std::string& text, const std::string& platform,
                               registry::Access access, const RegistryOptions& options) {
  GANTRY_TRY(auto remote, open_remote(text, access, options));
  GANTRY_TRY(auto descriptor, find_manifest(remote, platform));
  return Found{std::make_shared<RegistryPlace>(std::move(remote)), std::move(descriptor)};
}

bool is_in_registry(const std::string& reference) {
  return !reference.starts_with("oci:") && !reference.starts_with("docker-archive:") &&
         !reference.ends_with(".image") && registry::has_host(reference);
}

}  // namespace

std::shared_ptr<Place> make_layout_place(oci::Layout layout) {
  return std::make_shared<LayoutPlace>(std::move(layout));
}

Result<std::shared_ptr<Place>> make_registry_place(std::shared_ptr<registry::Client> client,
                                                   registry::Reference reference,
                                                   registry::Repository repository) {
  GANTRY_TRY(auto remote,
             open_remote(std::move(client), std::move(reference), std::move(repository)));
  return std::shared_ptr<Place>(std::make_shared<RegistryPlace>(std::move(remote)));
}

Result<Found> find_published(const std::string& reference, const std::string& platform,
                             registry::Access access, const RegistryOptions& options) {
  if (reference.starts_with("docker-archive:") || reference.ends_with(".image")) {
    return base::Error{fmt::format("'{}' is no published image", base::printable(reference)), "",
                       "gantry image publish puts it into a registry or a layout, where documents "
                       "can be attached to it"};
  }
  return is_in_registry(reference) ? find_in_registry(reference, platform, access, options)
                                   : find_in_layout(reference, platform);
}

Result<NamedImage> open_named_image(const std::string& reference, const std::string& platform,
                                    Need need, registry::Access access,
                                    const RegistryOptions& options) {
  if (!is_in_registry(reference)) {
    GANTRY_TRY(auto image, open_image(reference, platform));
    return NamedImage{std::move(image), nullptr};
  }
  std::optional<oci::Platform> chosen;
  if (!platform.empty()) {
    GANTRY_TRY(chosen, oci::Platform::parse(platform));
  }
  GANTRY_TRY(auto remote, open_remote(reference, access, options));
  const auto wanted = tag_or_digest(remote.reference);
  const auto target = remote.target();
  GANTRY_TRY(const auto pulled, registry::pull_manifest(remote.repository, wanted, chosen, target));
  GANTRY_CHECK(need == Need::kLayers
                   ? registry::pull_blobs(remote.repository, pulled.manifest, target)
                   : registry::pull_config(remote.repository, pulled.manifest, target));
  GANTRY_TRY(auto image, oci::read_image(remote.store.blobs(), pulled.descriptor));
  return NamedImage{std::move(image), std::make_shared<RegistryPlace>(std::move(remote))};
}

}  // namespace gantry::cli

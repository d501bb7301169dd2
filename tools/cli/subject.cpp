#include "cli/subject.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "oci/image.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"
#include "registry/pull.hpp"
#include "registry/reference.hpp"
#include "registry/referrers.hpp"

namespace gantry::cli {

using base::Result;

namespace {

class LayoutSubject : public Subject {
 public:
  LayoutSubject(oci::Layout layout, oci::Descriptor descriptor)
      : Subject(std::move(descriptor)), layout_(std::move(layout)) {}

  std::string reference() const override {
    return fmt::format("oci:{}@{}", layout_.blobs().root().native(), descriptor().digest.text());
  }
  std::string name() const override {
    const auto path = std::filesystem::absolute(layout_.blobs().root()).lexically_normal();
    return (path.has_filename() ? path : path.parent_path()).filename().native();
  }
  Result<std::vector<oci::Descriptor>> referrers() override {
    return layout_.referrers(descriptor().digest);
  }
  Result<oci::BlobDirectory> fetch(const oci::Descriptor& /*referrer*/) override {
    return layout_.blobs();
  }
  Result<bool> attach(const oci::BlobDirectory& from, const oci::Descriptor& referrer) override {
    return layout_.attach(from, referrer);
  }

 private:
  oci::Layout layout_;
};

/// Where a registry's repository is spoken to, and what was fetched of it.
struct Remote {
  std::unique_ptr<registry::Client> client;  // whose connections the repository uses
  registry::Reference reference;
  registry::Repository repository;
  base::TempDir directory;
  oci::BlobStore store;

  registry::BlobTarget target() const { return {store.blobs(), directory.path() / "tmp"}; }
};

class RegistrySubject : public Subject {
 public:
  RegistrySubject(Remote remote, oci::Descriptor descriptor)
      : Subject(std::move(descriptor)), remote_(std::move(remote)) {}

  std::string reference() const override {
    return fmt::format("{}@{}", name(), descriptor().digest.text());
  }
  std::string name() const override {
    return registry::to_text({remote_.reference.host, remote_.reference.repository, "", {}});
  }
  Result<std::vector<oci::Descriptor>> referrers() override {
    return registry::list_referrers(remote_.repository, descriptor().digest);
  }
  Result<oci::BlobDirectory> fetch(const oci::Descriptor& referrer) override {
    GANTRY_TRY(
        const auto pulled,
        registry::pull_manifest(remote_.repository, referrer.digest.text(), {}, remote_.target()));
    GANTRY_CHECK(registry::pull_blobs(remote_.repository, pulled.manifest, remote_.target()));
    return remote_.store.blobs();
  }
  Result<bool> attach(const oci::BlobDirectory& from, const oci::Descriptor& referrer) override {
    auto locations = remote_.client->locations(remote_.repository);
    return registry::push_referrer(remote_.repository, from, referrer, locations);
  }

 private:
  Remote remote_;
};

Result<std::unique_ptr<Subject>> find_in_layout(const std::string& reference,
                                                const std::string& platform) {
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
  return std::unique_ptr<Subject>(
      std::make_unique<LayoutSubject>(std::move(layout), std::move(descriptor)));
}

Result<oci::Descriptor> find_manifest(const Remote& remote, const std::string& platform) {
  const auto& named = remote.reference;
  const auto tag = named.tag.empty() ? std::string("latest") : named.tag;
  const auto wanted = named.digest ? named.digest->text() : tag;
  if (!platform.empty()) {
    GANTRY_TRY(const auto chosen, oci::Platform::parse(platform));
    GANTRY_TRY(const auto pulled,
               registry::pull_manifest(remote.repository, wanted, chosen, remote.target()));
    return pulled.descriptor;
  }
  GANTRY_TRY(const auto document, remote.repository.get_manifest(wanted));
  if (!document) {
    return base::Error{"the registry has no such image", registry::to_text(named), ""};
  }
  return document->descriptor;
}

Result<std::unique_ptr<Subject>> find_in_registry(const std::string& text,
                                                  const std::string& platform,
                                                  registry::Access access,
                                                  const RegistryOptions& options) {
  GANTRY_TRY(auto reference, registry::parse_reference(text));
  GANTRY_TRY(auto client, make_client(options));
  GANTRY_TRY(auto repository, client->repository(reference, access));
  GANTRY_TRY(auto directory, base::TempDir::create());
  GANTRY_TRY(auto store, oci::BlobStore::open(directory.path()));
  Remote remote{std::move(client), std::move(reference), std::move(repository),
                std::move(directory), std::move(store)};
  GANTRY_TRY(auto descriptor, find_manifest(remote, platform));
  return std::unique_ptr<Subject>(
      std::make_unique<RegistrySubject>(std::move(remote), std::move(descriptor)));
}

}  // namespace

Result<std::unique_ptr<Subject>> find_subject(const std::string& reference,
                                              const std::string& platform, registry::Access access,
                                              const RegistryOptions& options) {
  if (reference.starts_with("docker-archive:") || reference.ends_with(".image")) {
    return base::Error{fmt::format("'{}' is no published image", base::printable(reference)), "",
                       "gantry image publish puts it into a registry or a layout, where documents "
                       "can be attached to it"};
  }
  return !reference.starts_with("oci:") && registry::has_host(reference)
             ? find_in_registry(reference, platform, access, options)
             : find_in_layout(reference, platform);
}

Result<Attached> attach(Subject& subject, const WriteReferrer& write) {
  GANTRY_TRY(const auto scratch, base::TempDir::create());
  GANTRY_TRY(const auto store, oci::BlobStore::open(scratch.path()));
  GANTRY_TRY(auto manifest, write(store));
  GANTRY_TRY(const bool changed, subject.attach(store.blobs(), manifest));
  return Attached{std::move(manifest), changed};
}

Result<int> report(const Attached& attached, const Subject& subject, bool json) {
  const auto digest = attached.manifest.digest.text();
  const auto as_json = [&] {
    return oci::canonical({{"digest", digest},
                           {"artifactType", attached.manifest.artifact_type},
                           {"subject", subject.descriptor().digest.text()},
                           {"changed", attached.changed}});
  };
  GANTRY_CHECK(print((json ? as_json() : digest) + "\n"));
  return kSuccess;
}

}  // namespace gantry::cli

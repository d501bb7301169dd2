#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/docker_archive_copy.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "oci/blob_store.hpp"
#include "oci/image.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"
#include "registry/copy.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string source;
  std::string destination;
  std::string platform;
  bool json = false;
  RegistryOptions registry;
};

/// What a copy has come to.
struct Report {
  std::string place;  ///< of the destination, without tag or digest
  content::Digest digest;
  std::vector<std::string> tags;
  registry::Pushed pushed;
};

/// "oci:/dir" could be read as a host and a path too.
bool is_in_registry(std::string_view image) {
  return !image.starts_with("oci:") && !image.starts_with(kDockerArchive) &&
         registry::has_host(image);
}

base::Result<std::optional<oci::Platform>> wanted_platform(const Options& options) {
  std::optional<oci::Platform> platform;
  if (!options.platform.empty()) {
    GANTRY_TRY(platform, oci::Platform::parse(options.platform));
  }
  return platform;
}

/// What docker save writes is not compressed; what is sent should be.
base::Result<oci::ImageRoot> open_archive(const Options& options) {
  GANTRY_TRY(auto root,
             oci::open_docker_archive(options.source.substr(kDockerArchive.size()), "gzip"));
  GANTRY_TRY(const auto platform, wanted_platform(options));
  GANTRY_TRY(const auto found, oci::platform_of(root.blobs, root.descriptor));
  if (platform && found && !found->serves(*platform)) {
    return base::Error{
        fmt::format("the image is for {}, not for {}", found->text(), platform->text()),
        options.source, ""};
  }
  return root;
}

base::Result<oci::ImageRoot> open_source(const Options& options) {
  if (options.source.starts_with(kDockerArchive)) {
    return open_archive(options);
  }
  if (options.platform.empty()) {
    return open_root(options.source);
  }
  GANTRY_TRY(auto image, open_image(options.source, options.platform));
  return oci::ImageRoot{image.blobs, image.descriptor, std::move(image.unpacked)};
}

/// The tags to give: the destination's, else the source's.
std::vector<std::string> tags_for(const std::string& destination, const std::string& source) {
  if (destination.empty() && source.empty()) {
    return {};
  }
  return {destination.empty() ? source : destination};
}

/// The tag that a source has by its name; none if it is named by digest alone.
std::string tag_of(const registry::Reference& source) {
  return source.tag.empty() && !source.digest ? "latest" : source.tag;
}

/// The tag that a layout's image is named by; others have none.
std::string tag_of_local(const std::string& source) {
  if (!source.starts_with("oci:")) {
    return "";
  }
  const auto reference = oci::parse_layout_reference(source);
  return reference ? reference->tag : "";
}

base::Result<Report> copy_to_layout(const Options& options) {
  GANTRY_TRY(const auto destination, oci::parse_layout_reference(options.destination));
  if (!destination.digest.empty()) {
    return base::Error{"a digest cannot be chosen", options.destination, "give a tag, or none"};
  }
  Report report;
  report.place = fmt::format("oci:{}", destination.directory.native());
  if (!is_in_registry(options.source)) {
    GANTRY_TRY(const auto image, open_source(options));
    GANTRY_TRY(const auto layout, oci::Layout::open_or_create(destination.directory));
    report.digest = image.descriptor.digest;
    report.tags = tags_for(destination.tag, tag_of_local(options.source));
    GANTRY_TRY(report.pushed.changed, layout.publish(image.blobs, image.descriptor, report.tags));
    return report;
  }
  GANTRY_TRY(const auto source, registry::parse_reference(options.source));
  GANTRY_TRY(const auto platform, wanted_platform(options));
  GANTRY_TRY(const auto client, make_client(options.registry));
  GANTRY_TRY(const auto repository, client->repository(source, registry::Access::kPull));
  GANTRY_TRY(const auto layout, oci::Layout::open_or_create(destination.directory));
  const registry::BlobTarget target{layout.blobs(), layout.blobs().root() / "blobs"};
  GANTRY_TRY(const auto root,
             registry::pull_documents(repository, tag_or_digest(source), platform, target));
  GANTRY_CHECK(registry::pull_all_blobs(repository, root, target));
  report.digest = root.digest;
  report.tags = tags_for(destination.tag, tag_of(source));
  GANTRY_TRY(report.pushed.changed, layout.publish(layout.blobs(), root, report.tags));
  return report;
}

base::Result<Report> copy_to_archive(const Options& options) {
  GANTRY_TRY(auto archived, copy_to_docker_archive(options.source, options.destination,
                                                   options.platform, options.registry));
  Report report;
  report.place = fmt::format("{}{}", kDockerArchive, archived.file);
  report.digest = archived.digest;
  report.tags = std::move(archived.names);
  report.pushed.changed = true;
  return report;
}

base::Result<Report> copy_to_registry(const Options& options) {
  GANTRY_TRY(auto destination, registry::parse_reference(options.destination));
  if (destination.digest) {
    return base::Error{"a digest cannot be chosen", options.destination, "give a tag, or none"};
  }
  const auto tag = std::exchange(destination.tag, "");
  Report report;
  report.place = registry::to_text(destination);
  GANTRY_TRY(const auto client, make_client(options.registry));
  GANTRY_TRY(const auto to, client->repository(destination, registry::Access::kPush));
  if (!is_in_registry(options.source)) {
    GANTRY_TRY(const auto image, open_source(options));
    auto locations = client->locations(to, registry::BlobOrigins(image.blobs.root()));
    report.digest = image.descriptor.digest;
    report.tags = tags_for(tag, tag_of_local(options.source));
    GANTRY_TRY(report.pushed,
               registry::push_image(to, image.blobs, image.descriptor, report.tags, locations));
    return report;
  }
  GANTRY_TRY(const auto source, registry::parse_reference(options.source));
  GANTRY_TRY(const auto platform, wanted_platform(options));
  GANTRY_TRY(const auto from, client->repository(source, registry::Access::kPull));
  GANTRY_TRY(const auto directory, base::TempDir::create());
  GANTRY_TRY(const auto store, oci::BlobStore::open(directory.path()));
  const registry::BlobTarget documents{store.blobs(), directory.path() / "tmp"};
  GANTRY_TRY(const auto root,
             registry::pull_documents(from, tag_or_digest(source), platform, documents));
  report.digest = root.digest;
  report.tags = tags_for(tag, tag_of(source));
  auto locations = client->locations(to);
  GANTRY_TRY(report.pushed,
             registry::copy_image(from, root, documents, to, report.tags, locations));
  return report;
}

base::Result<Report> copy_to_place(const Options& options) {
  if (options.destination.starts_with("oci:")) {
    return copy_to_layout(options);
  }
  if (options.destination.starts_with(kDockerArchive)) {
    return copy_to_archive(options);
  }
  if (is_in_registry(options.destination)) {
    return copy_to_registry(options);
  }
  return base::Error{
      fmt::format("'{}' is no place to copy to", base::printable(options.destination)), "",
      "a place is HOST/REPOSITORY[:TAG] of a registry, oci:DIR[:TAG], an OCI image layout, or "
      "docker-archive:FILE[:NAME:TAG]"};
}

base::Result<int> copy(const Options& options) {
  GANTRY_TRY(const auto report, copy_to_place(options));
  const auto reference = fmt::format("{}@{}", report.place, report.digest.text());
  const auto json = [&] {
    return oci::canonical({{"reference", reference},
                           {"digest", report.digest.text()},
                           {"tags", report.tags},
                           {"changed", report.pushed.changed},
                           {"sentBlobs", report.pushed.sent_blobs},
                           {"sentBytes", report.pushed.sent_bytes}});
  };
  GANTRY_CHECK(print((options.json ? json() : reference) + "\n"));
  return kSuccess;
}

}  // namespace

void add_registry_copy(CLI::App& registry, Action& action) {
  auto* command =
      registry.add_subcommand("copy", "Copy an image between registries, layouts and archives");
  command->footer(
      "Copies what is missing only; within a registry nothing is sent at all. An index is copied "
      "with all its platforms unless one is chosen; an archive holds one image, and is written "
      "anew. The tag is the destination's, else the source's. Prints the reference by digest.\n\n"
      "Example:\n  gantry registry copy docker.io/debian:bookworm-slim "
      "localhost:5000/base/debian");
  auto options = std::make_shared<Options>();
  command
      ->add_option("source", options->source,
                   "HOST/REPOSITORY[:TAG][@DIGEST], oci:DIR[:TAG|@DIGEST], docker-archive:FILE, "
                   "FILE.image")
      ->type_name("IMAGE")
      ->required();
  command
      ->add_option("destination", options->destination,
                   "HOST/REPOSITORY[:TAG], oci:DIR[:TAG], docker-archive:FILE[:NAME:TAG]")
      ->type_name("PLACE")
      ->required();
  command
      ->add_option("--platform", options->platform,
                   "Of an index, the image for os/architecture[/variant] alone")
      ->type_name("PLATFORM");
  command->add_flag("--json", options->json, "Print JSON");
  add_registry_options(*command, options->registry);
  command->callback([&action, options] { action = [options] { return copy(*options); }; });
}

}  // namespace gantry::cli

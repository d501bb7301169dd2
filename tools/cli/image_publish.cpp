#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/attestations.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/local_image.hpp"
#include "cli/publish_tags.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "oci/image.hpp"
#include "oci/json_document.hpp"
#include "oci/layout.hpp"
#include "registry/push.hpp"
#include "registry/reference.hpp"
#include "registry/tags.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  std::string destination;
  TagOptions tags;
  AttestationOptions attestations;
  bool json = false;
  RegistryOptions registry;
};

base::Result<std::vector<std::string>> tags_of(const oci::Layout& layout) {
  GANTRY_TRY(const auto index, layout.read_index());
  std::vector<std::string> tags;
  for (const auto& manifest : index.manifests) {
    if (const auto name = manifest.annotations.find(std::string(oci::kRefName));
        name != manifest.annotations.end()) {
      tags.push_back(name->second);
    }
  }
  return tags;
}

std::vector<std::string> names_of(const std::vector<oci::PlannedTag>& planned) {
  std::vector<std::string> names;
  for (const auto& tag : planned) {
    names.push_back(tag.name);
  }
  return names;
}

/// What a registry has to be asked for, so that floating tags never move backwards. A tag that
/// stays is taken from tags.
registry::FloatingTags floating_tags(const std::vector<oci::PlannedTag>& planned,
                                     const registry::Repository& repository,
                                     std::vector<std::string>& tags) {
  registry::FloatingTags floating;
  for (const auto& tag : planned) {
    if (tag.moves_to) {
      floating.names.insert(tag.name);
    }
  }
  floating.releases_above =
      [&](const std::vector<std::string>& names) -> base::Result<registry::ReleasesAbove> {
    GANTRY_TRY(const auto there, registry::list_tags(repository));
    registry::ReleasesAbove above;
    for (const auto& tag : planned) {
      const auto release = oci::release_above(tag, there);
      if (release && std::find(names.begin(), names.end(), tag.name) != names.end()) {
        above.emplace(tag.name, *release);
        if (std::erase(tags, tag.name) > 0) {
          say_that_it_stays(tag);
        }
      }
    }
    return above;
  };
  return floating;
}

base::Result<int> print_published(const Options& options, const std::string& reference,
                                  const nlohmann::json& details) {
  GANTRY_CHECK(print((options.json ? oci::canonical(details) : reference) + "\n"));
  return kSuccess;
}

base::Result<int> publish_to_layout(const Options& options) {
  GANTRY_TRY(const auto destination, oci::parse_layout_reference(options.destination));
  if (!destination.digest.empty()) {
    return base::Error{"a digest cannot be chosen", "--to", "give a tag, or none"};
  }
  auto wanted = options.tags;
  if (!destination.tag.empty()) {
    wanted.tags.push_back(destination.tag);
  }
  GANTRY_TRY(const auto planned, plan(wanted));
  GANTRY_TRY(auto attestations,
             Attestations::create(options.attestations, options.image, names_of(planned)));
  GANTRY_TRY(const auto image, open_root(options.image));
  GANTRY_TRY(const auto layout, oci::Layout::open_or_create(destination.directory));
  GANTRY_TRY(const auto tags, movable(planned, [&] { return tags_of(layout); }));
  // Before the image has its tags, so that no tag is without what belongs to it.
  GANTRY_TRY(const bool attached,
             attestations.attach_to(make_layout_place(layout), image.blobs, image.descriptor));
  GANTRY_TRY(const bool published, layout.publish(image.blobs, image.descriptor, tags));
  const auto digest = image.descriptor.digest.text();
  const auto reference = fmt::format("oci:{}@{}", destination.directory.native(), digest);
  return print_published(options, reference,
                         {{"reference", reference},
                          {"digest", digest},
                          {"tags", tags},
                          {"changed", published || attached}});
}

base::Result<int> publish_to_registry(const Options& options) {
  GANTRY_TRY(auto destination, registry::parse_reference(options.destination));
  if (destination.digest) {
    return base::Error{"a digest cannot be chosen", "--to", "give a tag, or none"};
  }
  auto wanted = options.tags;
  if (!destination.tag.empty()) {
    wanted.tags.push_back(std::exchange(destination.tag, ""));
  }
  GANTRY_TRY(const auto planned, plan(wanted));
  GANTRY_TRY(auto attestations,
             Attestations::create(options.attestations, options.image, names_of(planned)));
  GANTRY_CHECK(warn_of_checkout(options.tags, planned));
  GANTRY_TRY(const auto image, open_root(options.image));
  GANTRY_TRY(const std::shared_ptr<registry::Client> client, make_client(options.registry));
  GANTRY_TRY(const auto repository, client->repository(destination, registry::Access::kPush));
  auto tags = names_of(planned);
  auto locations = client->locations(repository, registry::BlobOrigins(image.blobs.root()));
  bool attached = false;
  registry::PushHooks hooks;
  hooks.floating = floating_tags(planned, repository, tags);
  const auto attach_all = [&]() -> base::Result<void> {
    GANTRY_TRY(const auto place, make_registry_place(client, destination, repository));
    GANTRY_TRY(attached, attestations.attach_to(place, image.blobs, image.descriptor));
    return {};
  };
  if (!attestations.empty()) {
    hooks.before_tags = attach_all;
  }
  GANTRY_TRY(const auto pushed, registry::push_image(repository, image.blobs, image.descriptor,
                                                     names_of(planned), locations, hooks));
  destination.digest = image.descriptor.digest;
  const auto reference = registry::to_text(destination);
  return print_published(options, reference,
                         {{"reference", reference},
                          {"digest", destination.digest->text()},
                          {"tags", tags},
                          {"changed", pushed.changed || attached},
                          {"sentBlobs", pushed.sent_blobs},
                          {"sentBytes", pushed.sent_bytes}});
}

base::Result<int> publish(const Options& options) {
  if (options.destination.starts_with("oci:")) {
    return publish_to_layout(options);
  }
  if (registry::has_host(options.destination)) {
    return publish_to_registry(options);
  }
  return base::Error{
      fmt::format("'{}' is no place to publish to", base::printable(options.destination)), "--to",
      "a place is oci:DIR, an OCI image layout, or HOST/REPOSITORY of a registry"};
}

}  // namespace

void add_image_publish(CLI::App& image, Action& action) {
  auto* command =
      image.add_subcommand("publish", "Put an image into a registry or an OCI image layout");
  command->footer(
      "Prints the reference by digest. Tags that other images have move here; publishing again "
      "changes nothing. A registry gets only what it lacks, and its tags when all is there. "
      "Credentials are those of docker login and podman login.\n\n"
      "Example:\n  gantry image publish build/gantry/images/app.image --to oci:published "
      "--tag 1.2.0 --tag latest\n"
      "  gantry image publish build/gantry/images/app.image --to ghcr.io/me/app --tag 1.2.0");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "FILE.image, oci:DIR[:TAG|@DIGEST]")
      ->type_name("IMAGE")
      ->required();
  command
      ->add_option("--to", options->destination, "Where to: HOST/REPOSITORY[:TAG], oci:DIR[:TAG]")
      ->type_name("PLACE")
      ->required();
  options->tags.add_to(*command);
  options->attestations.add_to(*command);
  add_registry_options(*command, options->registry);
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([&action, options] { action = [options] { return publish(*options); }; });
}

}  // namespace gantry::cli

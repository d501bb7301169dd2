#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "oci/json_document.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string image;
  bool json = false;
  RegistryOptions registry;
};

base::Result<registry::Reference> parse(const std::string& text) {
  GANTRY_TRY(auto reference, registry::parse_reference(text));
  if (reference.tag.empty() == !reference.digest) {
    return base::Error{
        fmt::format("'{}' does not say what is to be deleted", base::printable(text)), "",
        "give a tag, which leaves the image, or a digest, which takes all its tags along"};
  }
  return reference;
}

base::Error refused(const registry::Reference& reference, const content::Digest& digest) {
  if (reference.digest) {
    return {
        "the registry does not delete images", registry::to_text(reference),
        "many must be told to allow it (docker-registry: REGISTRY_STORAGE_DELETE_ENABLED=true), "
        "others have pages of their own for it"};
  }
  return {"the registry does not delete tags", registry::to_text(reference),
          fmt::format("it may delete the image with all its tags: gantry registry delete {}/{}@{}",
                      reference.host, reference.repository, digest.text())};
}

base::Result<int> remove(const Options& options) {
  GANTRY_TRY(const auto reference, parse(options.image));
  const auto name = registry::to_text(reference);
  const auto none = [&] { return base::Error{"the registry has no such image", name, ""}; };
  GANTRY_TRY(const auto client, make_client(options.registry));
  auto digest = reference.digest;
  if (!digest) {
    GANTRY_TRY(const auto readable, client->repository(reference, registry::Access::kPull));
    GANTRY_TRY(const auto head, readable.head_manifest(reference.tag));
    if (!head) {
      return none();
    }
    digest = head->digest;
  }
  GANTRY_TRY(const auto repository, client->repository(reference, registry::Access::kDelete));
  GANTRY_TRY(const auto done, repository.delete_manifest(tag_or_digest(reference)));
  if (done == registry::Deletion::kNotThere) {
    return none();
  }
  if (done == registry::Deletion::kRefused) {
    return refused(reference, *digest);
  }
  if (options.json) {
    GANTRY_CHECK(print(oci::canonical({{"reference", name},
                                       {"digest", digest->text()},
                                       {"deleted", reference.digest ? "manifest" : "tag"}}) +
                       "\n"));
  } else if (reference.digest) {
    GANTRY_CHECK(print(fmt::format("{}: deleted, with all its tags\n", name)));
  } else {
    GANTRY_CHECK(print(fmt::format("{}: tag deleted; it was {}\n", name, digest->text())));
  }
  return kSuccess;
}

}  // namespace

void add_registry_delete(CLI::App& registry, Action& action) {
  auto* command = registry.add_subcommand("delete", "Delete a tag or an image from a registry");
  command->footer(
      "A tag is deleted alone, and the image stays. A digest is deleted with all tags that it has. "
      "The registry itself removes the bytes, when nothing needs them any longer.\n\n"
      "Example:\n  gantry registry delete localhost:5000/team/app:1.2.0-rc1");
  auto options = std::make_shared<Options>();
  command->add_option("image", options->image, "HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST")
      ->type_name("REFERENCE")
      ->required();
  command->add_flag("--json", options->json, "Print JSON");
  add_registry_options(*command, options->registry);
  command->callback([&action, options] { action = [options] { return remove(*options); }; });
}

}  // namespace gantry::cli

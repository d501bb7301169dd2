#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "cli/warning.hpp"
#include "oci/json_document.hpp"
#include "registry/tags.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string repository;
  bool json = false;
  RegistryOptions registry;
};

base::Result<int> list(const Options& options) {
  GANTRY_TRY(const auto reference, parse_repository(options.repository));
  GANTRY_TRY(const auto client, make_client(options.registry));
  GANTRY_TRY(const auto repository, client->repository(reference, registry::Access::kPull));
  GANTRY_TRY(const auto tags, registry::list_tags(repository));
  const auto name = registry::to_text(reference);
  if (options.json) {
    GANTRY_CHECK(print(oci::canonical({{"repository", name}, {"tags", tags}}) + "\n"));
    return kSuccess;
  }
  if (tags.empty()) {
    print_warning({"the registry has no tags there, or no such repository", name, ""});
    return kSuccess;
  }
  GANTRY_CHECK(print(fmt::format("{}\n", fmt::join(tags, "\n"))));
  return kSuccess;
}

}  // namespace

void add_registry_ls(CLI::App& registry, Action& action) {
  auto* command = registry.add_subcommand("ls", "List the tags of a repository");
  command->footer(
      "All of them, however many pages they come in, one a line.\n\n"
      "Example:\n  gantry registry ls docker.io/debian");
  auto options = std::make_shared<Options>();
  command->add_option("repository", options->repository, "HOST/REPOSITORY")
      ->type_name("REPOSITORY")
      ->required();
  command->add_flag("--json", options->json, "Print JSON");
  add_registry_options(*command, options->registry);
  command->callback([&action, options] { action = [options] { return list(*options); }; });
}

}  // namespace gantry::cli

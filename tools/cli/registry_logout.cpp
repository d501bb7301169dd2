#include <memory>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/standard_output.hpp"
#include "cli/warning.hpp"
#include "registry/credentials.hpp"

namespace gantry::cli {

namespace {

base::Result<int> logout(const std::string& text) {
  GANTRY_TRY(const auto name, parse_registry_name(text));
  auto store = registry::CredentialStore::from_environment(print_warning);
  GANTRY_TRY(const auto places, store.erase(name.host, name.repository));
  const auto registry =
      name.repository.empty() ? name.host : fmt::format("{}/{}", name.host, name.repository);
  GANTRY_CHECK(print(places.empty() ? fmt::format("{}: not logged in\n", registry)
                                    : fmt::format("{}: removed the credentials from {}\n", registry,
                                                  base::join(places, ", "))));
  return kSuccess;
}

}  // namespace

void add_registry_logout(CLI::App& registry, Action& action) {
  auto* command =
      registry.add_subcommand("logout", "Remove a registry's credentials, wherever they are kept");
  command->footer("Example:\n  gantry registry logout ghcr.io");
  auto name = std::make_shared<std::string>();
  command->add_option("registry", *name, "As it was for login")->type_name("HOST")->required();
  command->callback([&action, name] { action = [name] { return logout(*name); }; });
}

}  // namespace gantry::cli

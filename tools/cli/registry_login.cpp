#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/registry_options.hpp"
#include "cli/secret_input.hpp"
#include "cli/standard_output.hpp"
#include "cli/warning.hpp"
#include "oci/json_document.hpp"
#include "registry/credentials.hpp"
#include "registry/login.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string name;
  std::string username;
  bool password_stdin = false;
  bool json = false;
  RegistryOptions registry;
};

base::Result<registry::Credentials> ask_for_credentials(const Options& options) {
  registry::Credentials credentials;
  credentials.source = "this login";
  credentials.username = options.username;
  if (credentials.username.empty()) {
    GANTRY_TRY(credentials.username, ask("User name", Echo::kOn));
  }
  if (options.password_stdin) {
    GANTRY_TRY(credentials.password, read_standard_input());
  } else {
    GANTRY_TRY(credentials.password, ask("Password", Echo::kOff));
  }
  if (credentials.username.empty() || credentials.password.empty()) {
    return base::Error{"an empty user name or password lets nobody in", "", ""};
  }
  return credentials;
}

base::Result<int> login(const Options& options) {
  GANTRY_TRY(const auto name, parse_registry_name(options.name));
  GANTRY_TRY(const auto endpoint,
             registry::endpoint_of_host(name.host, options.registry.transport(name.host)));
  GANTRY_TRY(const auto credentials, ask_for_credentials(options));
  GANTRY_TRY(auto client, registry::HttpClient::create(options.registry.http));
  GANTRY_TRY(const bool checked, registry::check_login(client, endpoint, credentials));
  auto store = registry::CredentialStore::from_environment(print_warning);
  GANTRY_TRY(const auto place, store.store(name.host, name.repository, credentials));
  if (options.json) {
    GANTRY_CHECK(print(oci::canonical({{"registry", name.host},
                                       {"repository", name.repository},
                                       {"username", credentials.username},
                                       {"checked", checked},
                                       {"stored", place}}) +
                       "\n"));
    return kSuccess;
  }
  const auto unchecked =
      checked ? "" : "; not checked, since the registry asks nobody for credentials";
  GANTRY_CHECK(print(fmt::format("{}: logged in as {}, kept in {}{}\n", name.host,
                                 base::printable(credentials.username), place, unchecked)));
  return kSuccess;
}

}  // namespace

void add_registry_login(CLI::App& registry, Action& action) {
  auto* command =
      registry.add_subcommand("login", "Log in to a registry, and keep the credentials");
  command->footer(
      "The credentials are tried first. They are kept where Docker, Podman, Buildah and Skopeo "
      "find "
      "them: in the credential helper that is configured for the registry, else in "
      "$REGISTRY_AUTH_FILE or Docker's config.json, or where the former ones for it were.\n\n"
      "Example:\n  echo \"$TOKEN\" | gantry registry login ghcr.io --username me --password-stdin");
  auto options = std::make_shared<Options>();
  command
      ->add_option("registry", options->name,
                   "Its host and port; with a path: for the repositories below that only")
      ->type_name("HOST")
      ->required();
  auto* username = command->add_option("-u,--username", options->username,
                                       "Asked for at the terminal otherwise");
  command
      ->add_flag("--password-stdin", options->password_stdin,
                 "Read the password from standard input")
      ->needs(username);
  command->add_flag("--json", options->json, "Print JSON");
  add_registry_options(*command, options->registry);
  command->callback([&action, options] { action = [options] { return login(*options); }; });
}

}  // namespace gantry::cli

#include "cli/registry_options.hpp"

#include <fmt/format.h>

#include "cli/version.hpp"
#include "cli/warning.hpp"

namespace gantry::cli {

void add_registry_options(CLI::App& command, RegistryOptions& options) {
  command.add_flag("--plain-http", options.plain_http,
                   "Talk to the registry without TLS (to this machine that is the default)");
  command
      .add_option("--ca-file", options.ca_file,
                  "Certificates that sign the registry's, in PEM, in place of the system's")
      ->type_name("FILE");
  command
      .add_option("--client-certificate", options.client_certificate,
                  "A certificate to show to the registry, in PEM")
      ->type_name("FILE");
  command
      .add_option("--client-key", options.client_key,
                  "The certificate's private key, in PEM; else it is in the same file")
      ->type_name("FILE");
}

base::Result<std::unique_ptr<registry::Client>> make_client(const RegistryOptions& options) {
  const bool tls = !options.ca_file.empty() || !options.client_certificate.empty();
  if (options.plain_http && tls) {
    return base::Error{"without TLS there are no certificates", "--plain-http", ""};
  }
  registry::ClientOptions client;
  client.http.ca_file = options.ca_file;
  client.http.client_certificate = options.client_certificate;
  client.http.client_key = options.client_key;
  client.http.user_agent = fmt::format("gantry/{}", kVersion);
  client.warn = print_warning;
  if (options.plain_http) {
    client.transport = registry::Transport::kPlain;
  } else if (tls) {
    client.transport = registry::Transport::kTls;
  }
  return registry::Client::create(std::move(client));
}

}  // namespace gantry::cli

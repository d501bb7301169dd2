#include "cli/registry_options.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/version.hpp"
#include "cli/warning.hpp"
#include "registry/environment.hpp"

namespace gantry::cli {

registry::Transport RegistryOptions::transport(std::string_view host) const {
  return registry::transport_to(host, http, plain_http);
}

void add_registry_options(CLI::App& command, RegistryOptions& options) {
  options.http.user_agent = fmt::format("gantry/{}", kVersion);
  command.add_flag("--plain-http", options.plain_http,
                   "Without TLS; a registry on this machine needs no asking");
  command
      .add_option("--ca-file", options.http.ca_file,
                  "Certificates to trust in place of the system's (PEM)")
      ->type_name("FILE")
      ->envname("GANTRY_CA_FILE");
  auto* certificate = command
                          .add_option("--client-certificate", options.http.client_certificate,
                                      "Our own certificate (PEM), where the registry wants one")
                          ->type_name("FILE")
                          ->envname("GANTRY_CLIENT_CERTIFICATE");
  command
      .add_option("--client-key", options.http.client_key,
                  "Its key (PEM), if it is not in the same file")
      ->type_name("FILE")
      ->envname("GANTRY_CLIENT_KEY")
      ->needs(certificate);
}

base::Result<std::unique_ptr<registry::Client>> make_client(const RegistryOptions& options) {
  registry::ClientOptions client;
  client.http = options.http;
  client.transport = [options](std::string_view host) { return options.transport(host); };
  client.warn = print_warning;
  return registry::Client::create(std::move(client));
}

base::Result<RegistryName> parse_registry_name(std::string_view text) {
  const auto whole = text;
  const auto scheme = text.find("://");
  if (scheme != std::string_view::npos) {
    // As it is pasted from a browser, or in Docker's way: the path says nothing.
    text = text.substr(scheme + 3);
    text = text.substr(0, text.find('/'));
  }
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  const auto slash = text.find('/');
  const auto host = text.substr(0, slash);
  const auto repository =
      slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  if (!registry::endpoint_of_host(host) ||
      (!repository.empty() &&
       !registry::parse_reference(fmt::format("localhost/{}", repository)))) {
    return base::Error{fmt::format("'{}' is not the name of a registry", base::printable(whole)),
                       "", "a registry is a host, such as ghcr.io or localhost:5000"};
  }
  return RegistryName{std::string(host), std::string(repository)};
}

base::Result<registry::Reference> parse_repository(std::string_view text) {
  GANTRY_TRY(auto reference, registry::parse_reference(text));
  if (!reference.tag.empty() || reference.digest) {
    return base::Error{fmt::format("'{}' is an image, not a repository", base::printable(text)), "",
                       fmt::format("give {}/{}", reference.host, reference.repository)};
  }
  return reference;
}

std::string tag_or_digest(const registry::Reference& reference) {
  if (reference.digest) {
    return reference.digest->text();
  }
  return reference.tag.empty() ? "latest" : reference.tag;
}

}  // namespace gantry::cli

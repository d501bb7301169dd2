#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "registry/client.hpp"
#include "registry/http.hpp"
#include "registry/reference.hpp"

namespace gantry::cli {

/// How registries are spoken to: options that every command has that does so.
struct RegistryOptions {
  registry::HttpOptions http;
  bool plain_http = false;

  /// To a registry's host. Who names certificates means TLS, on this machine too.
  registry::Transport transport(std::string_view host) const;
};

void add_registry_options(CLI::App& command, RegistryOptions& options);

/// A Client by these options, with the credentials that the environment has.
base::Result<std::unique_ptr<registry::Client>> make_client(const RegistryOptions& options);

/// What a person means by the name of a registry: "ghcr.io", "localhost:5000", "https://ghcr.io/",
/// "ghcr.io/team/app" for one repository.
struct RegistryName {
  std::string host;
  std::string repository;  ///< empty: the whole registry
};

base::Result<RegistryName> parse_registry_name(std::string_view text);

/// "HOST/REPOSITORY", without a tag or digest.
base::Result<registry::Reference> parse_repository(std::string_view text);

/// What a reference means to a registry: its digest, else its tag, else "latest".
std::string tag_or_digest(const registry::Reference& reference);

}  // namespace gantry::cli

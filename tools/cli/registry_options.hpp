#pragma once

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "registry/http.hpp"
#include "registry/reference.hpp"

namespace gantry::cli {

/// How registries are spoken to: options that every command has that does so.
struct RegistryOptions {
  registry::HttpOptions http;
  bool plain_http = false;

  registry::Transport transport() const {
    return plain_http ? registry::Transport::kPlain : registry::Transport::kByHost;
  }
};

void add_registry_options(CLI::App& command, RegistryOptions& options);

/// What a person means by the name of a registry: "ghcr.io", "localhost:5000", "https://ghcr.io/",
/// "ghcr.io/team/app" for one repository.
struct RegistryName {
  std::string host;
  std::string repository;  ///< empty: the whole registry
};

base::Result<RegistryName> parse_registry_name(std::string_view text);

}  // namespace gantry::cli

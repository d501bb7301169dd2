#pragma once

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "registry/client.hpp"

namespace gantry::cli {

/// How a command talks to registries.
struct RegistryOptions {
  bool plain_http = false;
  std::string ca_file;
  std::string client_certificate;
  std::string client_key;
};

/// Adds --plain-http, --ca-file, --client-certificate and --client-key.
void add_registry_options(CLI::App& command, RegistryOptions& options);

/// A Client by these options, with the credentials of the environment.
base::Result<std::unique_ptr<registry::Client>> make_client(const RegistryOptions& options);

}  // namespace gantry::cli

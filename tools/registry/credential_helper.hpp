#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "registry/credentials.hpp"

namespace gantry::registry {

/// A program docker-credential-<name> that keeps credentials, and its protocol: a verb as argument,
/// the server on standard input, so that no secret is ever on a command line. An Error says what
/// the helper said, without any secret.
class CredentialHelper {
 public:
  CredentialHelper(std::string name, std::chrono::milliseconds timeout)
      : name_(std::move(name)), timeout_(timeout) {}

  const std::string& name() const { return name_; }

  /// Nothing if it has none for the server, or says that the server is for anybody.
  base::Result<std::optional<Credentials>> get(std::string_view server) const;
  base::Result<void> store(std::string_view server, const Credentials& credentials) const;
  /// No error if it has none.
  base::Result<void> erase(std::string_view server) const;
  /// The servers that it has credentials for.
  base::Result<std::vector<std::string>> list() const;

 private:
  /// What it prints; nothing if there are no such credentials.
  base::Result<std::optional<std::string>> call(std::string_view verb, std::string input,
                                                std::string_view secret = {}) const;

  std::string name_;
  std::chrono::milliseconds timeout_;
};

}  // namespace gantry::registry

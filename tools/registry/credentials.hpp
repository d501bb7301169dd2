#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::registry {

/// What lets a person or a program in at a registry. Either a name with a password, or a token.
struct Credentials {
  std::string username;
  std::string password;
  std::string identity_token;  ///< is exchanged for Bearer tokens (OAuth 2 refresh token)
  std::string registry_token;  ///< is a Bearer token itself
  std::string source;          ///< the file or the helper that it came from, for messages
};

/// A file with credentials, in the form of docker's config.json and of containers-auth.json(5).
struct CredentialFile {
  enum class Style {
    kDocker,      ///< keys are hosts, Docker Hub's is https://index.docker.io/v1/
    kContainers,  ///< keys are hosts or repositories, Docker Hub's is docker.io
  };
  std::filesystem::path path;
  Style style = Style::kDocker;
};

/// The credentials of this user, as Docker, Podman, Buildah and Skopeo keep them: in files and in
/// helper programs that the files name. Safe to use from many threads.
class CredentialStore {
 public:
  struct Options {
    std::vector<CredentialFile> files;  ///< looked at in this order
    std::size_t preferred = 0;          ///< of files: where a new login goes, or before it
    bool change_others = true;          ///< false: the others are read only
    std::chrono::milliseconds helper_timeout = std::chrono::seconds(60);
    /// The ones for all hosts, in place of whatever is in files.
    std::optional<Credentials> given = std::nullopt;
    /// Told of every helper that fails, once.
    std::function<void(const base::Error&)> warn = {};
  };

  explicit CredentialStore(Options options);
  CredentialStore(CredentialStore&&) noexcept;
  CredentialStore& operator=(CredentialStore&&) noexcept;
  ~CredentialStore();

  /// The files that the other programs would look at: only $REGISTRY_AUTH_FILE if it is set, else
  /// Podman's in $XDG_RUNTIME_DIR and $XDG_CONFIG_HOME, and Docker's in $DOCKER_CONFIG or
  /// ~/.docker.
  static CredentialStore from_environment(std::function<void(const base::Error&)> warn);

  /// For a host ("ghcr.io", "localhost:5000", one of Docker Hub's names) and a repository of it.
  /// Nothing: anonymous. A file that is not there is none; a damaged one is an Error, a helper that
  /// fails a warning. Known from then on: a helper is asked once.
  base::Result<std::optional<Credentials>> find(std::string_view host, std::string_view repository);

  /// Keeps them in place of what find would give for the host, or for one repository of it: in the
  /// helper that is configured for the host, else in a file. What it was, for a message.
  base::Result<std::string> store(std::string_view host, std::string_view repository,
                                  const Credentials& credentials);

  /// Removes what store has kept, wherever it is. The files and helpers that had it.
  base::Result<std::vector<std::string>> erase(std::string_view host, std::string_view repository);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gantry::registry

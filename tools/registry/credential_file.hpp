#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "registry/credentials.hpp"

namespace gantry::registry {

/// What a key of a credential file stands for: a host, or a repository (or the begin of some
/// repositories' names) of it.
struct CredentialKey {
  std::string host;        ///< lower case; docker.io for all names of Docker Hub
  std::string repository;  ///< empty: all of the host's
  bool operator==(const CredentialKey&) const = default;

  /// Of "https://host/v1/", "host:port", "host/namespace/repository", …
  static CredentialKey parse(std::string_view text);
  static CredentialKey of(std::string_view host, std::string_view repository);

  bool covers(const CredentialKey& other) const;
};

/// The key as the programs that use files of this style write it.
std::string written(const CredentialKey& key, CredentialFile::Style style);

/// A credential file's content.
class CredentialDocument {
 public:
  /// Nothing if there is no such file, or nothing in it.
  static base::Result<std::optional<CredentialDocument>> read(const CredentialFile& file);

  /// The name of the helper that is configured for a host, if any.
  std::optional<std::string> helper_for(const CredentialKey& key) const;
  /// By the key that covers this one most closely.
  base::Result<std::optional<Credentials>> find(const CredentialKey& key) const;

 private:
  struct Entry {
    CredentialKey key;
    int rank = 0;  ///< of two entries for the same, the lower one counts
    /// A damaged one matters only to those who need it.
    base::Result<std::optional<Credentials>> credentials;
  };
  struct Helper {
    CredentialKey key;
    std::string name;
  };

  std::vector<Entry> entries_;
  std::vector<Helper> helpers_;
  std::string default_helper_;
};

/// Sets the credentials of this very key. All else in the file stays as it is.
base::Result<void> set_in_file(const CredentialFile& file, const CredentialKey& key,
                               const Credentials& credentials);

/// Removes what is kept under this very key. False if there is nothing to remove.
base::Result<bool> remove_from_file(const CredentialFile& file, const CredentialKey& key);

}  // namespace gantry::registry

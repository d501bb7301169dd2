#include "registry/credential_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "oci/json_document.hpp"

namespace gantry::registry {

namespace fs = std::filesystem;
using base::Error;
using base::Result;
using oci::JsonDocument;
using oci::JsonValue;

namespace {

/// What Docker has called its hub since its first release.
constexpr std::string_view kDockerHubKey = "https://index.docker.io/v1/";
constexpr std::string_view kDockerHub = "docker.io";

std::string host_of(std::string_view text) {
  std::string host(text);
  for (char& c : host) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return host == "index.docker.io" || host == "registry-1.docker.io" ? std::string(kDockerHub)
                                                                     : host;
}

int rank_of(std::string_view key) {
  return key.starts_with("http://") ? 2 : key.starts_with("https://") ? 1 : 0;
}

/// Of a parser's message: what it has read last may be a secret.
Error without_text(Error error) {
  error.what = error.what.substr(0, error.what.find("; last read"));
  return error;
}

/// The text of a file that may not be there, which is as good as an empty one.
Result<std::string> read_if_there(const fs::path& path) {
  if (access(path.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
    return std::string();
  }
  GANTRY_TRY(auto text, base::read_file(path, oci::kMaximumDocument));
  return base::trim(text).empty() ? std::string() : std::move(text);
}

Result<std::optional<Credentials>> credentials_in(const JsonValue& entry,
                                                  const std::string& source) {
  Credentials found;
  std::string auth;
  GANTRY_CHECK(oci::read_optional(entry, "auth", &JsonValue::text, auth));
  GANTRY_CHECK(oci::read_optional(entry, "username", &JsonValue::text, found.username));
  GANTRY_CHECK(oci::read_optional(entry, "password", &JsonValue::text, found.password));
  GANTRY_CHECK(oci::read_optional(entry, "identitytoken", &JsonValue::text, found.identity_token));
  GANTRY_CHECK(oci::read_optional(entry, "registrytoken", &JsonValue::text, found.registry_token));
  if (!auth.empty()) {
    const auto decoded = base::from_base64(auth);
    const auto colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      return entry.error("'auth' is not the Base64 form of USER:PASSWORD");
    }
    found.username = decoded->substr(0, colon);
    found.password = decoded->substr(colon + 1);
    // Old versions of Docker have padded it.
    found.password.erase(found.password.find_last_not_of('\0') + 1);
  }
  if (found.username == "<token>") {
    found.identity_token = std::exchange(found.password, "");
    found.username.clear();
  }
  if (found.username.empty() && found.password.empty() && found.identity_token.empty() &&
      found.registry_token.empty()) {
    return std::optional<Credentials>();
  }
  found.source = source;
  return std::optional(std::move(found));
}

/// Follows symbolic links, so that a configuration that is kept elsewhere stays there.
fs::path real_path(fs::path path) {
  constexpr int kMaximumLinks = 16;
  std::error_code failure;
  for (int i = 0; i < kMaximumLinks && fs::is_symlink(path, failure); ++i) {
    path = path.parent_path() / fs::read_symlink(path, failure);
  }
  return path;
}

/// Held while a file is changed, by a lock on its directory: the file itself gets replaced.
Result<base::Fd> lock_directory(const fs::path& directory) {
  GANTRY_TRY(auto fd, base::open_file(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) {
      return base::errno_error("lock", directory);
    }
  }
  return fd;
}

/// Under a temporary name first; for nobody else to read.
Result<void> write_secret(const fs::path& path, std::string_view text) {
  auto name = path.native() + ".XXXXXX";
  const base::Fd fd(mkostemp(name.data(), O_CLOEXEC));
  if (!fd) {
    return base::errno_error("create", path);
  }
  auto done = base::write_all(fd.get(), std::as_bytes(std::span(text)), path);
  if (done && fsync(fd.get()) != 0) {
    done = base::errno_error("write", path);
  }
  if (done && rename(name.c_str(), path.c_str()) != 0) {
    done = base::errno_error("rename a new file to", path);
  }
  if (!done) {
    unlink(name.c_str());
  }
  return done;
}

/// The document with its members in their order; an empty object if there is none.
Result<nlohmann::ordered_json> read_ordered(const fs::path& path) {
  GANTRY_TRY(const auto text, read_if_there(path));
  if (text.empty()) {
    return nlohmann::ordered_json::object();
  }
  // Bounded there, and every kind of damage is found.
  const auto checked = JsonDocument::parse(text, path.native());
  if (!checked) {
    return without_text(checked.error());
  }
  GANTRY_TRY(const auto auths, checked->root().find("auths"));
  if (auths) {
    GANTRY_CHECK(auths->keys());
  }
  return nlohmann::ordered_json::parse(text);
}

/// The keys of the entries for the same as key, the one that counts first.
std::vector<std::string> same_keys(const nlohmann::ordered_json& auths, const CredentialKey& key) {
  std::vector<std::string> same;
  for (const auto& [text, entry] : auths.items()) {
    if (CredentialKey::parse(text) == key) {
      same.push_back(text);
    }
  }
  std::stable_sort(same.begin(), same.end(),
                   [](const auto& a, const auto& b) { return rank_of(a) < rank_of(b); });
  return same;
}

std::string text_of(const nlohmann::ordered_json& document) {
  return document.dump(1, '\t', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

CredentialKey CredentialKey::parse(std::string_view text) {
  const bool url = rank_of(text) > 0;
  if (url) {
    text.remove_prefix(text.find("://") + 3);
  }
  while (text.ends_with('/')) {
    text.remove_suffix(1);
  }
  const auto slash = std::min(text.find('/'), text.size());
  auto path = text.substr(std::min(slash + 1, text.size()));
  if (url || path == "v1" || path == "v2") {
    path = {};  // the path of the protocol
  }
  return {host_of(text.substr(0, slash)), std::string(path)};
}

CredentialKey CredentialKey::of(std::string_view host, std::string_view repository) {
  return {host_of(host), std::string(repository)};
}

bool CredentialKey::covers(const CredentialKey& other) const {
  const auto& whole = other.repository;
  return host == other.host && (repository.empty() || repository == whole ||
                                (whole.starts_with(repository) && whole[repository.size()] == '/'));
}

std::string written(const CredentialKey& key, CredentialFile::Style style) {
  if (!key.repository.empty()) {
    return key.host + "/" + key.repository;
  }
  return key.host == kDockerHub && style == CredentialFile::Style::kDocker
             ? std::string(kDockerHubKey)
             : key.host;
}

Result<std::optional<CredentialDocument>> CredentialDocument::read(const CredentialFile& file) {
  GANTRY_TRY(const auto text, read_if_there(file.path));
  if (text.empty()) {
    return std::optional<CredentialDocument>();
  }
  const auto json = JsonDocument::parse(text, file.path.native());
  if (!json) {
    return without_text(json.error());
  }
  CredentialDocument document;
  const auto root = json->root();
  GANTRY_CHECK(oci::read_optional(root, "credsStore", &JsonValue::text, document.default_helper_));
  std::map<std::string, std::string> helpers;
  GANTRY_CHECK(oci::read_optional(root, "credHelpers", &JsonValue::text_map, helpers));
  for (auto& [key, name] : helpers) {
    document.helpers_.push_back({CredentialKey::parse(key), std::move(name)});
  }
  GANTRY_TRY(const auto auths, root.find("auths"));
  if (!auths) {
    return std::optional(std::move(document));
  }
  GANTRY_TRY(const auto keys, auths->keys());
  for (const auto& key : keys) {
    GANTRY_TRY(const auto entry, auths->find(key));
    if (entry) {
      document.entries_.push_back(
          {CredentialKey::parse(key), rank_of(key), credentials_in(*entry, file.path.native())});
    }
  }
  return std::optional(std::move(document));
}

std::optional<std::string> CredentialDocument::helper_for(const CredentialKey& key) const {
  const Helper* best = nullptr;
  for (const auto& helper : helpers_) {
    if (helper.key.covers(key) &&
        (best == nullptr || helper.key.repository.size() > best->key.repository.size())) {
      best = &helper;
    }
  }
  // An empty name says that this host's are in the file itself.
  const auto& name = best != nullptr ? best->name : default_helper_;
  return name.empty() ? std::nullopt : std::optional(name);
}

Result<std::optional<Credentials>> CredentialDocument::find(const CredentialKey& key) const {
  const Entry* best = nullptr;
  const auto better = [&](const Entry& entry) {
    const auto length = entry.key.repository.size();
    const auto least = best == nullptr ? 0 : best->key.repository.size();
    return best == nullptr || length > least || (length == least && entry.rank < best->rank);
  };
  for (const auto& entry : entries_) {
    const bool empty = entry.credentials && !*entry.credentials;
    if (!empty && entry.key.covers(key) && better(entry)) {
      best = &entry;
    }
  }
  return best == nullptr ? std::optional<Credentials>() : best->credentials;
}

Result<void> set_in_file(const CredentialFile& file, const CredentialKey& key,
                         const Credentials& credentials) {
  const auto path = real_path(file.path);
  if (const auto parent = path.parent_path(); !parent.empty() && !fs::exists(parent)) {
    GANTRY_CHECK(base::make_directories(parent.parent_path()));
    if (mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST) {
      return base::errno_error("create the directory", parent);
    }
  }
  GANTRY_TRY(const auto lock,
             lock_directory(path.parent_path().empty() ? "." : path.parent_path()));
  GANTRY_TRY(auto document, read_ordered(path));
  auto& auths = document["auths"];
  auto same = auths.is_object() ? same_keys(auths, key) : std::vector<std::string>();
  if (same.empty()) {
    same.push_back(written(key, file.style));
  }
  for (std::size_t i = 1; i < same.size(); ++i) {
    auths.erase(same[i]);
  }
  auto& entry = auths[same.front()];
  if (!entry.is_object()) {
    entry = nlohmann::ordered_json::object();
  }
  for (const auto* field : {"username", "password", "identitytoken", "registrytoken"}) {
    entry.erase(field);
  }
  entry["auth"] = base::to_base64(credentials.username + ":" + credentials.password);
  if (!credentials.identity_token.empty()) {
    entry["identitytoken"] = credentials.identity_token;
  }
  return write_secret(path, text_of(document));
}

Result<bool> remove_from_file(const CredentialFile& file, const CredentialKey& key) {
  const auto path = real_path(file.path);
  GANTRY_TRY(const auto before, read_if_there(path));
  if (before.empty()) {
    return false;
  }
  GANTRY_TRY(const auto lock,
             lock_directory(path.parent_path().empty() ? "." : path.parent_path()));
  GANTRY_TRY(auto document, read_ordered(path));
  const auto auths = document.find("auths");
  const auto same = auths != document.end() && auths->is_object() ? same_keys(*auths, key)
                                                                  : std::vector<std::string>();
  if (same.empty()) {
    return false;
  }
  for (const auto& text : same) {
    auths->erase(text);
  }
  GANTRY_CHECK(write_secret(path, text_of(document)));
  return true;
}

}  // namespace gantry::registry

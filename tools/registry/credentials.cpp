#include "registry/credentials.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.hpp"
#include "registry/credential_file.hpp"
#include "registry/credential_helper.hpp"

namespace gantry::registry {

namespace fs = std::filesystem;
using base::Error;
using base::Result;

namespace {

using Style = CredentialFile::Style;

std::optional<fs::path> path_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<fs::path>(value);
}

/// The names under which a helper may have a host's credentials. Docker and Podman differ on the
/// one for Docker Hub.
std::vector<std::string> servers_of(const CredentialKey& key, Style style) {
  std::vector<std::string> servers = {written(key, style)};
  const auto other = written(key, style == Style::kDocker ? Style::kContainers : Style::kDocker);
  if (other != servers.front()) {
    servers.push_back(other);
  }
  return servers;
}

}  // namespace

struct CredentialStore::State {
  explicit State(Options chosen) : options(std::move(chosen)) {}

  CredentialHelper helper(const std::string& name) const { return {name, options.helper_timeout}; }

  /// The documents of all files, in their order; read once.
  Result<void> load() {
    if (loaded) {
      return {};
    }
    documents.clear();
    for (const auto& file : options.files) {
      GANTRY_TRY(auto document, CredentialDocument::read(file));
      documents.push_back(std::move(document));
    }
    loaded = true;
    return {};
  }

  void forget() {
    loaded = false;
    answers.clear();
  }

  bool may_change(std::size_t index) const {
    return options.change_others || index == options.preferred;
  }

  /// By a helper that is asked once for a server. One that fails has none.
  std::optional<Credentials> ask(const std::string& name, const std::string& server) {
    const auto known = answers.find({name, server});
    if (known != answers.end()) {
      return known->second;
    }
    auto answer = helper(name).get(server);
    if (!answer && warned.insert(name).second && options.warn) {
      auto warning = answer.error();
      warning.what += "; going on without it";
      options.warn(warning);
    }
    return answers[{name, server}] = answer ? *std::move(answer) : std::nullopt;
  }

  Result<std::optional<Credentials>> find_in(std::size_t index, const CredentialKey& key) {
    const auto& document = documents[index];
    if (!document) {
      return std::optional<Credentials>();
    }
    if (const auto name = document->helper_for(key)) {
      for (const auto& server : servers_of({key.host, ""}, options.files[index].style)) {
        if (auto found = ask(*name, server)) {
          return found;
        }
      }
    }
    return document->find(key);
  }

  /// Where credentials for key go: to a helper, or else into a file.
  struct Place {
    std::size_t file = 0;
    std::optional<std::string> helper;
  };

  /// The first that find would look at and that knows the host, so that nothing old hides what is
  /// new; else the preferred file.
  Result<Place> place_for(const CredentialKey& key) {
    std::optional<std::size_t> preferred;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      // Docker knows no keys for repositories, neither in its file nor in helpers.
      const bool fits = key.repository.empty() || options.files[i].style == Style::kContainers;
      if (!fits || !may_change(i)) {
        continue;
      }
      preferred = !preferred || i <= options.preferred ? i : preferred;
      if (!documents[i]) {
        continue;
      }
      if (auto name = key.repository.empty() ? documents[i]->helper_for(key) : std::nullopt) {
        return Place{i, std::move(name)};
      }
      const auto found = documents[i]->find(key);
      if (!found || *found) {
        return Place{i, std::nullopt};
      }
    }
    if (!preferred) {
      return Error{"there is no file for credentials of single repositories", "",
                   "name one with REGISTRY_AUTH_FILE"};
    }
    return Place{*preferred, std::nullopt};
  }

  /// Removes from a helper what it has for the host. Whether it had anything.
  Result<bool> erase_from(const std::string& name, const CredentialKey& key, Style style) const {
    const auto asked = helper(name);
    const auto all = asked.list();
    if (!all) {
      // Some helpers cannot list; what a helper does not have is no error to erase.
      GANTRY_CHECK(asked.erase(servers_of(key, style).front()));
      return true;
    }
    bool any = false;
    for (const auto& server : *all) {
      if (CredentialKey::parse(server) == key) {
        GANTRY_CHECK(asked.erase(server));
        any = true;
      }
    }
    return any;
  }

  Options options;
  std::mutex mutex;  // guards all below; held while a helper runs, so that it is asked once
  bool loaded = false;
  std::vector<std::optional<CredentialDocument>> documents;
  std::map<std::pair<std::string, std::string>, std::optional<Credentials>> answers;
  std::set<std::string> warned;
};

CredentialStore::CredentialStore(Options options)
    : state_(std::make_unique<State>(std::move(options))) {}
CredentialStore::CredentialStore(CredentialStore&&) noexcept = default;
CredentialStore& CredentialStore::operator=(CredentialStore&&) noexcept = default;
CredentialStore::~CredentialStore() = default;

CredentialStore CredentialStore::from_environment(std::function<void(const Error&)> warn) {
  Options options;
  options.warn = std::move(warn);
  const auto home = path_variable("HOME");
  const auto below = [&](const std::optional<fs::path>& directory, const fs::path& name,
                         Style style) {
    if (directory) {
      options.files.push_back({*directory / name, style});
    }
  };
  const auto named = path_variable("REGISTRY_AUTH_FILE");
  const auto runtime = path_variable("XDG_RUNTIME_DIR");
  if (named) {
    options.files.push_back({*named, Style::kContainers});
  } else {
    below(runtime ? runtime : fs::path(fmt::format("/run/containers/{}", getuid())),
          runtime ? "containers/auth.json" : "auth.json", Style::kContainers);
  }
  const auto config = path_variable("XDG_CONFIG_HOME");
  below(config || !home ? config : *home / ".config", "containers/auth.json", Style::kContainers);
  const auto docker = path_variable("DOCKER_CONFIG");
  below(docker || !home ? docker : *home / ".docker", "config.json", Style::kDocker);
  // The last one: it outlives a reboot, and all the programs read it.
  options.preferred = named ? 0 : options.files.size() - 1;
  options.change_others = !named;
  return CredentialStore(std::move(options));
}

Result<std::optional<Credentials>> CredentialStore::find(std::string_view host,
                                                         std::string_view repository) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->options.given) {
    return state_->options.given;
  }
  GANTRY_CHECK(state_->load());
  const auto key = CredentialKey::of(host, repository);
  for (std::size_t i = 0; i < state_->documents.size(); ++i) {
    GANTRY_TRY(auto found, state_->find_in(i, key));
    if (found) {
      return found;
    }
  }
  return std::optional<Credentials>();
}

Result<std::string> CredentialStore::store(std::string_view host, std::string_view repository,
                                           const Credentials& credentials) {
  const std::scoped_lock lock(state_->mutex);
  state_->forget();
  GANTRY_CHECK(state_->load());
  const auto key = CredentialKey::of(host, repository);
  GANTRY_TRY(const auto place, state_->place_for(key));
  const auto& file = state_->options.files[place.file];
  if (place.helper) {
    const auto server = written(key, file.style);
    GANTRY_CHECK(state_->helper(*place.helper).store(server, credentials));
    state_->forget();
    return fmt::format("the credential helper '{}'", *place.helper);
  }
  GANTRY_CHECK(set_in_file(file, key, credentials));
  state_->forget();
  return file.path.native();
}

Result<std::vector<std::string>> CredentialStore::erase(std::string_view host,
                                                        std::string_view repository) {
  const std::scoped_lock lock(state_->mutex);
  state_->forget();
  GANTRY_CHECK(state_->load());
  const auto key = CredentialKey::of(host, repository);
  std::vector<std::string> places;
  std::set<std::string> asked;
  for (std::size_t i = 0; i < state_->documents.size(); ++i) {
    if (!state_->may_change(i)) {
      continue;
    }
    const auto& file = state_->options.files[i];
    const auto& document = state_->documents[i];
    const auto name = document ? document->helper_for(key) : std::nullopt;
    if (name && asked.insert(*name).second) {
      GANTRY_TRY(const bool had, state_->erase_from(*name, key, file.style));
      if (had) {
        places.push_back(fmt::format("the credential helper '{}'", *name));
      }
    }
    GANTRY_TRY(const bool had, remove_from_file(file, key));
    if (had) {
      places.push_back(file.path.native());
    }
  }
  state_->forget();
  return places;
}

}  // namespace gantry::registry

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "registry/authorizer.hpp"
#include "registry/blob_locations.hpp"
#include "registry/credentials.hpp"
#include "registry/http.hpp"
#include "registry/reference.hpp"
#include "registry/repository.hpp"
#include "registry/session.hpp"

namespace gantry::registry {

struct ClientOptions {
  HttpOptions http = {};
  RetryPolicy retry = {};
  /// How the registry of a host is spoken to; none: Transport::kByHost.
  std::function<Transport(std::string_view host)> transport = {};
  std::function<void(const base::Error&)> warn = {};  ///< told of what is not worth failing for
};

/// All that one process needs to talk to any number of registries: connections, credentials, and
/// what was found out about each. Thread-safe.
class Client {
 public:
  /// With the credentials that the environment has.
  static base::Result<std::unique_ptr<Client>> create(ClientOptions options = {});

  /// A repository of a registry; nothing is asked yet. Valid as long as the Client.
  base::Result<Repository> repository(const Reference& reference, Access access);

  /// What the user's cache knows about the registry of a repository, and the origins of the blobs
  /// of a store.
  BlobLocations locations(const Repository& repository,
                          std::optional<BlobOrigins> origins = std::nullopt) const;

 private:
  Client(ClientOptions options, HttpClient http);

  ClientOptions options_;
  HttpClient http_;
  CredentialStore credentials_;
  Authorizer authorizer_;
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;  // by endpoint
};

}  // namespace gantry::registry

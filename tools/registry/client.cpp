#include "registry/client.hpp"

#include "base/user_cache_place.hpp"
#include "registry/retry.hpp"

namespace gantry::registry {

using base::Result;

Result<std::unique_ptr<Client>> Client::create(ClientOptions options) {
  GANTRY_TRY(auto http, HttpClient::create(options.http));
  return std::unique_ptr<Client>(new Client(std::move(options), std::move(http)));
}

Client::Client(ClientOptions options, HttpClient http)
    : options_(std::move(options)),
      http_(std::move(http)),
      credentials_(CredentialStore::from_environment(options_.warn)),
      authorizer_(credentials_, [this](const HttpRequest& request) {
        return perform_with_retries(http_, request, options_.retry);
      }) {}

Result<Repository> Client::repository(const Reference& reference, Access access) {
  const auto transport =
      options_.transport ? options_.transport(reference.host) : Transport::kByHost;
  GANTRY_TRY(auto endpoint, endpoint_of_host(reference.host, transport));
  const std::lock_guard lock(mutex_);
  auto& session =
      sessions_.try_emplace(to_text(endpoint), http_, authorizer_, endpoint, options_.retry)
          .first->second;
  return Repository(session, reference.repository, access);
}

BlobLocations Client::locations(const Repository& repository,
                                std::optional<BlobOrigins> origins) const {
  const auto cache = base::user_cache_root();
  const bool there = cache && *cache;
  return BlobLocations::open(there ? **cache / "registries" : std::filesystem::path(),
                             repository.session().registry(), std::move(origins));
}

}  // namespace gantry::registry

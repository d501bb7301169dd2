#include "registry/login.hpp"

#include <fmt/format.h>

#include "registry/authorizer.hpp"
#include "registry/credentials.hpp"
#include "registry/http.hpp"
#include "registry/token.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

Result<bool> check_login(HttpClient& client, const Endpoint& registry,
                         const Credentials& credentials) {
  CredentialStore::Options options;
  options.given = credentials;
  CredentialStore store(std::move(options));
  Authorizer authorizer(store, [&](const HttpRequest& request) { return client.perform(request); });
  const Scopes scopes;
  // One challenge to learn what is asked for; a second one is a refusal.
  for (bool asked = false;; asked = true) {
    HttpRequest request;
    request.url = to_text(registry) + "/v2/";
    const auto sent = authorizer.authorization(registry, scopes);
    if (!sent.empty()) {
      request.headers.emplace_back("Authorization", sent);
    }
    GANTRY_TRY(const auto response, client.perform(request).response);
    if (response.successful()) {
      return asked;
    }
    if (response.status == 401 && !asked) {
      auto answered = authorizer.answer(registry, scopes, sent, response);
      if (!answered) {
        answered.error().hint.clear();  // which is to log in
        return std::move(answered).error();
      }
      continue;
    }
    if (response.status == 401 || response.status == 403) {
      auto refused = authorizer.refusal(registry, scopes, sent, response);
      refused.hint.clear();
      return refused;
    }
    return Error{fmt::format("answers {} for /v2/: that is no registry", response.status),
                 host_of(registry), ""};
  }
}

}  // namespace gantry::registry

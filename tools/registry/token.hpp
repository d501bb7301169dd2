#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "registry/address.hpp"
#include "registry/challenge.hpp"
#include "registry/credentials.hpp"
#include "registry/http.hpp"
#include "registry/scope_set.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

/// A Bearer token (distribution's token authentication specification).
struct Token {
  std::string value;
  std::chrono::system_clock::time_point expires;
};

/// What a registry has asked for, by a Bearer challenge.
struct TokenRequest {
  Endpoint registry;
  AddressScope peer = AddressScope::kPublic;  ///< where the challenge came from
  std::string realm;                          ///< the URL of the token service
  std::string service;
  ScopeSet scopes;
};

/// Gets a token from the service that the registry names: by GET, with Basic credentials if there
/// are any; for an identity token by POST (OAuth 2), and by GET if the service knows no POST. The
/// service must be at an https URL unless the registry is spoken to by http, and not at an address
/// that is not public unless the registry is there too.
base::Result<Token> fetch_token(const std::function<HttpOutcome(const HttpRequest&)>& perform,
                                const TokenRequest& request,
                                const std::optional<Credentials>& credentials,
                                std::chrono::system_clock::time_point now);

/// What a token of the form of docker's (a JWT with an "access" claim) says that it grants. Nothing
/// if it is of another form. Not verified: good for messages only.
std::optional<ScopeSet> granted_scopes(std::string_view token);

/// "ghcr.io", "localhost:5000": an endpoint as people, references and credential files have it.
std::string host_of(const Endpoint& endpoint);

}  // namespace gantry::registry

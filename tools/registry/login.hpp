#pragma once

#include "base/result.hpp"

namespace gantry::registry {

class HttpClient;
struct Credentials;
struct Endpoint;

/// Tries credentials at a registry, by a request for its /v2/. True: it has asked for them and they
/// are good; false: it lets anybody in there, so that nobody knows.
base::Result<bool> check_login(HttpClient& client, const Endpoint& registry,
                               const Credentials& credentials);

}  // namespace gantry::registry

#pragma once

#include <string_view>

#include "registry/http.hpp"
#include "registry/reference.hpp"

namespace gantry::registry {

/// How a registry's host is spoken to: without TLS if plain says so, or GANTRY_PLAIN_HTTP names it.
/// Who names certificates means TLS, on this machine too.
Transport transport_to(std::string_view host, const HttpOptions& options, bool plain);

/// With the certificates that GANTRY_CA_FILE, GANTRY_CLIENT_CERTIFICATE and GANTRY_CLIENT_KEY name.
HttpOptions http_options_of_environment();

}  // namespace gantry::registry

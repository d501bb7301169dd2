#include "registry/environment.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"

namespace gantry::registry {

namespace {

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

/// Host by host: what is asked for once must not send credentials anywhere else without TLS.
bool is_plain_by_environment(std::string_view host) {
  const auto names = base::split(variable("GANTRY_PLAIN_HTTP"), ',');
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return base::trim(name) == host; });
}

}  // namespace

Transport transport_to(std::string_view host, const HttpOptions& options, bool plain) {
  if (plain || is_plain_by_environment(host)) {
    return Transport::kPlain;
  }
  return options.ca_file.empty() && options.client_certificate.empty() ? Transport::kByHost
                                                                       : Transport::kTls;
}

HttpOptions http_options_of_environment() {
  HttpOptions options;
  options.ca_file = variable("GANTRY_CA_FILE");
  options.client_certificate = variable("GANTRY_CLIENT_CERTIFICATE");
  options.client_key = variable("GANTRY_CLIENT_KEY");
  return options;
}

}  // namespace gantry::registry

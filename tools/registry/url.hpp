#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gantry::registry {

/// Who is at the other end of a URL. Credentials are for one endpoint.
struct Endpoint {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case; an IPv6 address without brackets
  unsigned port = 0;   ///< the scheme's own where the URL has none
  bool operator==(const Endpoint&) const = default;
};

/// Of an absolute http or https URL. One that carries a user name or a password is an Error.
base::Result<Endpoint> endpoint_of(std::string_view url);

/// "https://host:port", the port only where it is not the scheme's own.
std::string to_text(const Endpoint& endpoint);

/// What reference means in an answer from base (RFC 3986, section 5): an absolute URL of http or
/// https, without a fragment.
base::Result<std::string> resolve_url(std::string_view base, std::string_view reference);

/// Adds a parameter to a URL's query, with "?" or "&"; value is encoded, what is there stays.
std::string with_parameter(std::string_view url, std::string_view name, std::string_view value);

/// All but unreserved characters as %XX.
std::string percent_encoded(std::string_view text);

/// A URL for messages: without its query, which may carry a signature.
std::string shown(std::string_view url);

}  // namespace gantry::registry

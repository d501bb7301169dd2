#include "registry/reference.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/layout.hpp"
#include "registry/address.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr std::size_t kMaximumName = 255;  // host and repository (distribution-spec)
constexpr std::string_view kDockerHub = "docker.io";

Error bad_reference(std::string_view text, std::string_view reason) {
  return {fmt::format("'{}' names no image in a registry: {}", base::printable(text), reason), "",
          "a reference is HOST[:PORT]/REPOSITORY[:TAG][@sha256:DIGEST]"};
}

bool is_lower_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)* (distribution-spec, pulling manifests)
bool is_component(std::string_view text) {
  if (text.empty() || !is_lower_alphanumeric(text.front()) || !is_lower_alphanumeric(text.back())) {
    return false;
  }
  std::string_view separators;
  for (std::size_t i = 0; i < text.size();) {
    const auto begin = i;
    while (i < text.size() && !is_lower_alphanumeric(text[i])) {
      ++i;
    }
    separators = text.substr(begin, i - begin);
    const bool dashes =
        std::all_of(separators.begin(), separators.end(), [](char c) { return c == '-'; });
    if (!dashes && separators != "." && separators != "_" && separators != "__") {
      return false;
    }
    while (i < text.size() && is_lower_alphanumeric(text[i])) {
      ++i;
    }
  }
  return true;
}

/// HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
bool is_host(std::string_view text) {
  const bool is_v6 = text.starts_with('[');
  const auto end = is_v6 ? text.find(']') : text.find(':');
  const auto name = text.substr(0, end).substr(is_v6 ? 1 : 0);
  auto port = end == std::string_view::npos ? "" : text.substr(end + (is_v6 ? 1 : 0));
  if (!port.empty()) {
    const auto number = port.front() == ':' ? base::parse_unsigned(port.substr(1)) : std::nullopt;
    if (!number || *number == 0 || *number > 65535) {
      return false;
    }
  }
  if (is_v6) {
    return end != std::string_view::npos && name.find(':') != std::string_view::npos &&
           scope_of(name).has_value();
  }
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
  });
}

/// A name that Docker too takes for a host rather than for the first part of a repository.
bool looks_like_host(std::string_view text) {
  return text == "localhost" || text.find_first_of(".:") != std::string_view::npos;
}

}  // namespace

bool is_repository(std::string_view text) {
  const auto components = base::split(text, '/');
  return text.size() <= kMaximumName &&
         std::all_of(components.begin(), components.end(), is_component);
}

bool has_host(std::string_view text) {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && slash != 0 && text[0] != '.' &&
         looks_like_host(text.substr(0, slash)) && is_host(text.substr(0, slash));
}

Result<Reference> parse_reference(std::string_view text) {
  if (!has_host(text)) {
    return bad_reference(text, "it does not begin with a host");
  }
  Reference reference;
  auto rest = text;
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    GANTRY_TRY(reference.digest, content::Digest::parse(rest.substr(at + 1)));
    rest = rest.substr(0, at);
  }
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) {
    return bad_reference(text, "it has no repository");
  }
  reference.host = rest.substr(0, slash);
  rest = rest.substr(slash + 1);
  if (const auto colon = rest.rfind(':'); colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!oci::is_tag(reference.tag)) {
      return bad_reference(text, fmt::format("'{}' is no tag", base::printable(reference.tag)));
    }
  }
  reference.repository = rest;
  if (std::any_of(rest.begin(), rest.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return bad_reference(text, "a repository is written in lower case");
  }
  if (!is_repository(rest) || slash + rest.size() > kMaximumName) {
    return bad_reference(text, fmt::format("'{}' is no repository", base::printable(rest)));
  }
  if (reference.host == "index.docker.io" || reference.host == "registry-1.docker.io") {
    reference.host = kDockerHub;
  }
  if (reference.host == kDockerHub && rest.find('/') == std::string_view::npos) {
    reference.repository = fmt::format("library/{}", rest);
  }
  return reference;
}

std::string to_text(const Reference& reference) {
  auto text = fmt::format("{}/{}", reference.host, reference.repository);
  if (!reference.tag.empty()) {
    text += ":" + reference.tag;
  }
  if (reference.digest) {
    text += "@" + reference.digest->text();
  }
  return text;
}

Result<Endpoint> endpoint_of_host(std::string_view host, Transport transport) {
  const auto name = host == kDockerHub ? "registry-1.docker.io" : host;
  GANTRY_TRY(auto endpoint, endpoint_of(fmt::format("https://{}/", name)));
  const bool here = endpoint.host == "localhost" || endpoint.host.ends_with(".localhost") ||
                    scope_of(endpoint.host) == AddressScope::kLoopback;
  if (transport == Transport::kPlain || (transport == Transport::kByHost && here)) {
    GANTRY_TRY(endpoint, endpoint_of(fmt::format("http://{}/", name)));
  }
  return endpoint;
}

}  // namespace gantry::registry

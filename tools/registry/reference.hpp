#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

/// An image, or a place for images, in a registry: "host[:port]/path[:tag][@digest]".
struct Reference {
  std::string host;        ///< as it was written, with its port: "docker.io", "localhost:5000"
  std::string repository;  ///< "library/debian"
  std::string tag;         ///< empty: none
  std::optional<content::Digest> digest = std::nullopt;
  bool operator==(const Reference&) const = default;
};

/// Reads a reference as it is written for Docker, but for the host, which must be there: it has a
/// dot or a port, or is localhost. Names on docker.io without a path are in library/.
base::Result<Reference> parse_reference(std::string_view text);

/// Whether text looks like a reference: has a host. What is none may be a path.
bool has_host(std::string_view text);

/// Whether text is the path of a repository (distribution-spec, pulling manifests).
bool is_repository(std::string_view text);

/// "host/repository[:tag][@digest]".
std::string to_text(const Reference& reference);

enum class Transport {
  kByHost,  ///< http for a host that is this machine by its name or address, else https
  kPlain,   ///< http, because the user has asked for it
  kTls,     ///< https everywhere
};

/// Where the registry of a host answers: "https://registry-1.docker.io" for docker.io.
base::Result<Endpoint> endpoint_of_host(std::string_view host,
                                        Transport transport = Transport::kByHost);

}  // namespace gantry::registry

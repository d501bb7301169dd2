#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "content/digest.hpp"
#include "tests/registry/http_connection.hpp"
#include "tests/registry/quirks.hpp"
#include "tests/registry/signed_urls.hpp"
#include "tests/registry/storage.hpp"
#include "tests/registry/upload_session.hpp"

namespace gantry::test_registry {

/// What a registry keeps; each part is thread-safe.
struct RegistryState {
  explicit RegistryState(const std::filesystem::path& directory)
      : storage(directory), uploads(directory) {}
  Storage storage;
  UploadSessions uploads;
  SignedUrls signed_urls;
};

/// One request on its way through the registry.
struct Exchange {
  RegistryState& state;
  const Request& request;
  RequestBody& body;
  const Quirks& quirks;
  std::string origin;          ///< scheme, host and port as the client named them
  std::string storage_origin;  ///< of the second listener
};

/// What a path under /v2/ is about.
struct Route {
  enum class Kind { kBlob, kUpload, kManifest, kTags, kReferrers };
  Kind kind;
  std::string repository;
  std::string reference;  ///< a digest, tag or session; empty: POST of a new upload
};

/// Nothing when the path is none of the API's. The repository's name may still be invalid.
std::optional<Route> parse_route(std::string_view path);

bool valid_repository(std::string_view name);
bool valid_tag(std::string_view name);

/// The bytes of a blob, or the part that the request's Range asks for.
Response blob_content(const Request& request, const StoredBlob& blob);

Response serve_blob(const Exchange& exchange, const Route& route);
Response serve_upload(const Exchange& exchange, const Route& route);
Response serve_manifest(const Exchange& exchange, const Route& route);
Response serve_tags(const Exchange& exchange, const Route& route);
Response serve_referrers(const Exchange& exchange, const Route& route);

}  // namespace gantry::test_registry

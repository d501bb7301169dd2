#include <mutex>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tests/registry/exchange.hpp"

namespace gantry::test_registry {

namespace {

using SessionPointer = std::shared_ptr<UploadSession>;

Response unknown_upload() {
  return error_response(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
}

// The connection is gone, so nobody reads it.
Response broken_body() {
  return error_response(400, "SIZE_INVALID", "the request's body is incomplete");
}

std::string state_of(const Quirks& quirks, const UploadSession& session) {
  const unsigned step = quirks.rotating_session_url ? session.step : 0;
  return content::sha256(fmt::format("{} {}", session.id, step)).hex().substr(0, 32);
}

std::string location_of(const Exchange& exchange, const UploadSession& session) {
  const Quirks& quirks = exchange.quirks;
  std::string path = fmt::format("/v2/{}/blobs/uploads/{}", session.repository, session.id);
  if (quirks.state_query) {
    path += "?_state=" + state_of(quirks, session);
  } else if (quirks.rotating_session_url) {
    path += "~" + state_of(quirks, session);
  }
  switch (quirks.location) {
    case Location::kAbsolute:
      return exchange.origin + path;
    case Location::kForeignHost:
      return exchange.storage_origin + path;
    case Location::kRelative:
      break;
  }
  return path;
}

std::string range_of(const Exchange& exchange, const UploadSession& session) {
  const std::uint64_t size = exchange.quirks.sticky_range ? session.first_chunk_size : session.size;
  return fmt::format("0-{}", size > 0 ? size - 1 : 0);
}

void describe_session(const Exchange& exchange, const UploadSession& session, Response& response) {
  response.headers.add("Location", location_of(exchange, session));
  response.headers.add("Docker-Upload-UUID", session.id);
}

Response session_response(const Exchange& exchange, const UploadSession& session, int status) {
  Response response{.status = status};
  describe_session(exchange, session, response);
  response.headers.add("Range", range_of(exchange, session));
  return response;
}

Response out_of_range(const Exchange& exchange, const UploadSession& session,
                      std::string_view message) {
  Response response = error_response(416, "BLOB_UPLOAD_INVALID", message);
  describe_session(exchange, session, response);
  response.headers.add("Range", range_of(exchange, session));
  return response;
}

Response blob_created(const Exchange& exchange, const std::string& repository,
                      const content::Digest& digest, int status) {
  Response response{.status = status};
  const std::string path = fmt::format("/v2/{}/blobs/{}", repository, digest.text());
  response.headers.add(
      "Location", exchange.quirks.location == Location::kRelative ? path : exchange.origin + path);
  response.headers.add("Docker-Content-Digest", digest.text());
  return response;
}

Response finish(const Exchange& exchange, UploadSession& session, const content::Digest& digest) {
  session.ended = true;
  exchange.state.uploads.remove(session.id);
  if (session.hash.finish() != digest) {
    return error_response(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  }
  const auto added =
      exchange.state.storage.add_blob(session.repository, digest, session.path, session.size);
  if (!added) {
    return error_response(500, "UNKNOWN", added.error().what);
  }
  return blob_created(exchange, session.repository, digest, exchange.quirks.put_status);
}

// The answer to a request to mount; nothing: open a session.
std::optional<Response> mount(const Exchange& exchange, const std::string& repository,
                              const std::string& mounted) {
  const Quirks& quirks = exchange.quirks;
  const auto digest = content::Digest::parse(mounted);
  if (!digest) {
    return error_response(400, "DIGEST_INVALID", digest.error().what);
  }
  switch (quirks.mount) {
    case Mount::kWorks:
      break;
    case Mount::kIgnored:
      return std::nullopt;
    case Mount::k400:
      return error_response(400, "UNSUPPORTED", "mount is refused");
    case Mount::k401:
      return error_response(401, "UNAUTHORIZED", "mount is refused");
    case Mount::k403:
      return error_response(403, "DENIED", "mount is refused");
    case Mount::k404:
      return error_response(404, "NAME_UNKNOWN", "mount is refused");
    case Mount::k405:
      return error_response(405, "UNSUPPORTED", "mount is refused");
  }
  const std::string from = exchange.request.parameter("from").value_or("");
  if (from.empty() && quirks.mount_without_from == AnonymousMount::kFails) {
    return error_response(404, "NAME_UNKNOWN", "mount without from");
  }
  if (from.empty() && quirks.mount_without_from == AnonymousMount::kIgnored) {
    return std::nullopt;
  }
  if (!exchange.state.storage.mount_blob(from, *digest, repository)) {
    return std::nullopt;
  }
  return blob_created(exchange, repository, *digest, 201);
}

Response single_post(const Exchange& exchange, UploadSession& session, const std::string& digest) {
  const auto wanted = content::Digest::parse(digest);
  if (!wanted) {
    exchange.state.uploads.remove(session.id);
    return error_response(400, "DIGEST_INVALID", wanted.error().what);
  }
  if (!session.append(exchange.body)) {
    exchange.state.uploads.remove(session.id);
    return broken_body();
  }
  return finish(exchange, session, *wanted);
}

Response start(const Exchange& exchange, const std::string& repository) {
  if (exchange.quirks.no_repository_on_push && !exchange.state.storage.has_repository(repository)) {
    return error_response(404, "NAME_UNKNOWN", "the repository does not exist");
  }
  if (const auto mounted = exchange.request.parameter("mount")) {
    if (auto response = mount(exchange, repository, *mounted)) {
      return *std::move(response);
    }
  }
  const std::string algorithm = exchange.request.parameter("digest-algorithm").value_or("sha256");
  if (algorithm != "sha256") {
    return error_response(400, "DIGEST_INVALID", "only sha256 is supported");
  }
  const SessionPointer session = exchange.state.uploads.start(repository);
  if (session == nullptr) {
    return error_response(503, "TOOMANYREQUESTS", "too many uploads are open");
  }
  const auto digest = exchange.request.parameter("digest");
  if (digest && !exchange.quirks.no_single_post) {
    return single_post(exchange, *session, *digest);
  }
  Response response{.status = 202};
  describe_session(exchange, *session, response);
  if (exchange.quirks.zero_range_on_start) {
    response.headers.add("Range", "0-0");
  }
  if (exchange.quirks.chunk_minimum > 0) {
    response.headers.add("OCI-Chunk-Min-Length", std::to_string(exchange.quirks.chunk_minimum));
  }
  return response;
}

// What is wrong with the Content-Range of this chunk; nothing when it is in order.
std::optional<Response> misplaced(const Exchange& exchange, const UploadSession& session) {
  const std::string_view text = exchange.request.headers.get("Content-Range");
  if (text.empty() || exchange.quirks.ignore_content_range) {
    return std::nullopt;
  }
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto first = base::parse_unsigned(text.substr(0, dash));
  const auto last = base::parse_unsigned(text.substr(std::min(dash + 1, text.size())));
  if (!first || !last || *last < *first || *first != session.size) {
    return out_of_range(exchange, session, "the chunk does not continue what is stored");
  }
  const auto length = exchange.body.length();
  if (length && *length != *last - *first + 1) {
    return error_response(400, "SIZE_INVALID", "Content-Range and Content-Length differ");
  }
  return std::nullopt;
}

Response append_chunk(const Exchange& exchange, UploadSession& session) {
  const Quirks& quirks = exchange.quirks;
  const bool ranged = exchange.request.headers.has("Content-Range");
  if (session.short_chunk) {
    return error_response(400, "SIZE_INVALID", "a chunk before the last one was too short");
  }
  if (quirks.chunk_maximum > 0 && ranged &&
      exchange.body.length().value_or(0) > quirks.chunk_maximum) {
    return out_of_range(exchange, session, "the chunk is too long");
  }
  if (auto wrong = misplaced(exchange, session)) {
    return *std::move(wrong);
  }
  const std::uint64_t before = session.size;
  if (!session.append(exchange.body)) {
    if (quirks.stale_session) {
      session.ended = true;
    }
    return broken_body();
  }
  session.short_chunk = ranged && session.size - before < quirks.chunk_minimum;
  session.first_chunk_size = before == 0 ? session.size : session.first_chunk_size;
  ++session.step;
  return session_response(exchange, session, quirks.patch_status);
}

Response close_session(const Exchange& exchange, UploadSession& session) {
  const auto digest = content::Digest::parse(exchange.request.parameter("digest").value_or(""));
  if (!digest) {
    return error_response(400, "DIGEST_INVALID", digest.error().what);
  }
  const Quirks& quirks = exchange.quirks;
  const std::uint64_t length = exchange.body.length().value_or(1);
  if (length > 0) {
    if (quirks.patch_required ||
        (quirks.monolithic_maximum > 0 && length > quirks.monolithic_maximum)) {
      return error_response(400, "BLOB_UPLOAD_INVALID", "the body must come by PATCH");
    }
    if (auto wrong = misplaced(exchange, session)) {
      return *std::move(wrong);
    }
  }
  if (!session.append(exchange.body)) {
    return broken_body();
  }
  return finish(exchange, session, *digest);
}

}  // namespace

Response serve_upload(const Exchange& exchange, const Route& route) {
  const std::string& method = exchange.request.method;
  if (route.reference.empty()) {
    return method == "POST" ? start(exchange, route.repository)
                            : error_response(405, "UNSUPPORTED", "uploads begin by POST");
  }
  const std::size_t mark = std::min(route.reference.find('~'), route.reference.size());
  const SessionPointer session =
      exchange.state.uploads.find(route.repository, route.reference.substr(0, mark));
  if (session == nullptr) {
    return unknown_upload();
  }
  const std::lock_guard lock(session->mutex);
  const Quirks& quirks = exchange.quirks;
  if (session->ended) {
    return error_response(404, "BLOB_UPLOAD_INVALID", "blob upload invalid");
  }
  const std::string state =
      quirks.state_query ? exchange.request.parameter("_state").value_or("")
                         : route.reference.substr(std::min(mark + 1, route.reference.size()));
  if ((quirks.state_query || quirks.rotating_session_url) && state != state_of(quirks, *session)) {
    return unknown_upload();
  }
  if (method == "PATCH") {
    return append_chunk(exchange, *session);
  }
  if (method == "PUT") {
    return close_session(exchange, *session);
  }
  if (method == "GET" && !quirks.no_upload_status) {
    return session_response(exchange, *session, 204);
  }
  if (method == "DELETE") {
    session->ended = true;
    exchange.state.uploads.remove(session->id);
    return Response{.status = 204};
  }
  return error_response(405, "UNSUPPORTED", "the operation is unsupported");
}

}  // namespace gantry::test_registry

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tests/registry/exchange.hpp"

namespace gantry::test_registry {

namespace {

struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  ///< one past the last
};

// RFC 9110, 14.1.2: one range of bytes. Nothing when there is none that this understands; an empty
// one when it cannot be satisfied.
std::optional<ByteRange> parse_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const std::size_t dash = text.find('-');
  if (!text.starts_with(kUnit) || dash == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view first_text = text.substr(kUnit.size(), dash - kUnit.size());
  const std::string_view last_text = text.substr(dash + 1);
  const auto first = base::parse_unsigned(first_text);
  const auto last = base::parse_unsigned(last_text);
  if (first_text.empty() && last) {
    return ByteRange{size - std::min(*last, size), size};
  }
  if (!first || (!last_text.empty() && !last)) {
    return std::nullopt;
  }
  const std::uint64_t end = last ? std::min(*last, size - 1) + 1 : size;
  return *first < end ? ByteRange{*first, end} : ByteRange{};
}

Response head_of_blob(const Exchange& exchange, const StoredBlob& blob) {
  const Quirks& quirks = exchange.quirks;
  if (quirks.no_blob_head) {
    return error_response(405, "UNSUPPORTED", "blobs have no HEAD here");
  }
  Response response{.without_length = quirks.head_without_length};
  if (!quirks.head_without_length) {
    response.headers.add("Content-Length", std::to_string(blob.size));
  }
  if (!quirks.head_without_digest) {
    response.headers.add("Docker-Content-Digest", blob.digest.text());
  }
  response.headers.add("Content-Type", "application/octet-stream");
  response.headers.add("Accept-Ranges", "bytes");
  return response;
}

}  // namespace

Response blob_content(const Request& request, const StoredBlob& blob) {
  Response response;
  response.headers.add("Content-Type", "application/octet-stream");
  response.headers.add("Docker-Content-Digest", blob.digest.text());
  response.headers.add("Accept-Ranges", "bytes");
  ByteRange part{0, blob.size};
  if (const auto range = parse_range(request.headers.get("Range"), blob.size)) {
    if (range->begin == range->end) {
      response = error_response(416, "UNSUPPORTED", "the blob has no such range");
      response.headers.add("Content-Range", fmt::format("bytes */{}", blob.size));
      return response;
    }
    part = *range;
    response.status = 206;
    response.headers.add("Content-Range",
                         fmt::format("bytes {}-{}/{}", part.begin, part.end - 1, blob.size));
  }
  response.file = FileBody{blob.path, part.begin, part.end - part.begin};
  return response;
}

Response serve_blob(const Exchange& exchange, const Route& route) {
  const std::string& method = exchange.request.method;
  const auto digest = content::Digest::parse(route.reference);
  if (!digest) {
    return error_response(400, "DIGEST_INVALID", digest.error().what);
  }
  const auto blob = exchange.state.storage.blob(route.repository, *digest);
  const bool lies = method == "HEAD" && exchange.quirks.lying_head;
  if (!blob || (blob->evicted && !lies)) {
    return error_response(404, "BLOB_UNKNOWN", "blob unknown to registry");
  }
  if (method == "HEAD") {
    return head_of_blob(exchange, *blob);
  }
  if (method == "GET" && exchange.quirks.redirect_blobs) {
    const unsigned uses = exchange.quirks.redirect_uses;
    Response response{.status = 307};
    response.headers.add("Location",
                         exchange.storage_origin + exchange.state.signed_urls.sign(*blob, uses));
    return response;
  }
  if (method == "GET") {
    return blob_content(exchange.request, *blob);
  }
  if (method == "DELETE" && !exchange.quirks.no_delete) {
    exchange.state.storage.remove_blob(route.repository, *digest);
    return Response{.status = 202};
  }
  return error_response(405, "UNSUPPORTED", "the operation is unsupported");
}

}  // namespace gantry::test_registry

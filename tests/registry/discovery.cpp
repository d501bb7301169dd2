#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "tests/registry/exchange.hpp"

namespace gantry::test_registry {

namespace {

using Json = nlohmann::json;

Response json_response(const Json& document, std::string_view type) {
  Response response;
  response.headers.add("Content-Type", std::string(type));
  response.body = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

}  // namespace

Response serve_tags(const Exchange& exchange, const Route& route) {
  const Quirks& quirks = exchange.quirks;
  if (exchange.request.method != "GET") {
    return error_response(405, "UNSUPPORTED", "the operation is unsupported");
  }
  auto tags = exchange.state.storage.tags(route.repository);
  if (!tags || (tags->empty() && quirks.tags_404_when_empty)) {
    return error_response(404, "NAME_UNKNOWN", "repository name not known to registry");
  }
  if (quirks.unsorted_tags) {
    std::reverse(tags->begin(), tags->end());
  }
  std::size_t limit = quirks.tags_page;
  if (const auto wanted = exchange.request.parameter("n")) {
    const auto number = base::parse_unsigned(*wanted);
    if (!number) {
      return error_response(400, "UNSUPPORTED", "n is not a number");
    }
    limit = std::min<std::size_t>(limit, *number);
  }
  if (const auto last = exchange.request.parameter("last")) {
    const auto after = quirks.unsorted_tags ? std::find(tags->begin(), tags->end(), *last)
                                            : std::upper_bound(tags->begin(), tags->end(), *last);
    tags->erase(tags->begin(), quirks.unsorted_tags && after != tags->end() ? after + 1 : after);
  }
  const bool more = limit > 0 && tags->size() > limit;
  tags->resize(std::min(tags->size(), limit));
  Response response =
      json_response({{"name", route.repository}, {"tags", *tags}}, "application/json");
  if (more) {
    const std::string path =
        fmt::format("/v2/{}/tags/list?n={}&last={}", route.repository, limit, tags->back());
    response.headers.add("Link", fmt::format("<{}{}>; rel=\"next\"",
                                             quirks.relative_link ? "" : exchange.origin, path));
  }
  return response;
}

Response serve_referrers(const Exchange& exchange, const Route& route) {
  if (exchange.quirks.no_referrers) {
    return error_response(404, "UNSUPPORTED", "404 page not found");
  }
  if (exchange.request.method != "GET") {
    return error_response(405, "UNSUPPORTED", "the operation is unsupported");
  }
  const auto subject = content::Digest::parse(route.reference);
  if (!subject) {
    return error_response(400, "DIGEST_INVALID", subject.error().what);
  }
  const auto type = exchange.request.parameter("artifactType");
  Json manifests = Json::array();
  for (const StoredManifest& found : exchange.state.storage.referrers(route.repository, *subject)) {
    if (!type || found.artifact_type == *type) {
      manifests.push_back(Json::parse(found.referrer, nullptr, false));
    }
  }
  constexpr std::string_view kIndex = "application/vnd.oci.image.index.v1+json";
  Response response = json_response(
      {{"schemaVersion", 2}, {"mediaType", kIndex}, {"manifests", std::move(manifests)}}, kIndex);
  if (type) {
    response.headers.add("OCI-Filters-Applied", "artifactType");
  }
  return response;
}

}  // namespace gantry::test_registry

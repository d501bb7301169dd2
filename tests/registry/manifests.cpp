#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/registry/exchange.hpp"

namespace gantry::test_registry {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaximumManifest = std::size_t{4} << 20;
constexpr std::size_t kMaximumTags = 100;

Response invalid_manifest(std::string_view message) {
  return error_response(400, "MANIFEST_INVALID", message);
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json object_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : Json::object();
}

Json array_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : Json::array();
}

// Copies and destruction of a document recurse, so what is nested too deeply is left out.
Json parse_shallow(const std::string& text) {
  const auto keep = [](int depth, Json::parse_event_t, Json&) { return depth <= 32; };
  return Json::parse(text, keep, false);
}

// An array of error objects, one for each blob or manifest that is not there.
Json missing_parts(const Exchange& exchange, const std::string& repository, const Json& document) {
  Json errors = Json::array();
  const auto check = [&](const Json& descriptor, bool is_manifest) {
    const std::string text = descriptor.is_object() ? text_of(descriptor, "digest") : "";
    const auto digest = content::Digest::parse(text);
    bool there = false;
    if (digest && is_manifest) {
      there = exchange.state.storage.manifest(repository, text).has_value();
    } else if (digest) {
      const auto blob = exchange.state.storage.blob(repository, *digest);
      there = blob && !blob->evicted;
    }
    if (!there) {
      errors.push_back({{"code", "MANIFEST_BLOB_UNKNOWN"},
                        {"message", "manifest references a blob unknown to registry"},
                        {"detail", {{"digest", text}}}});
    }
  };
  if (document.contains("config")) {
    check(document["config"], false);
  }
  for (const Json& layer : array_of(document, "layers")) {
    if (!layer.is_object() || !layer.contains("urls")) {
      check(layer, false);
    }
  }
  for (const Json& child : array_of(document, "manifests")) {
    check(child, true);
  }
  return errors;
}

// What a list of referrers says of it.
void describe_referrer(const Json& document, StoredManifest& manifest) {
  const auto subject = content::Digest::parse(text_of(object_of(document, "subject"), "digest"));
  if (!subject) {
    return;
  }
  manifest.subject = *subject;
  manifest.artifact_type = text_of(document, "artifactType");
  if (manifest.artifact_type.empty()) {
    manifest.artifact_type = text_of(object_of(document, "config"), "mediaType");
  }
  Json descriptor = {{"mediaType", manifest.media_type},
                     {"digest", manifest.digest.text()},
                     {"size", manifest.body.size()}};
  if (!manifest.artifact_type.empty()) {
    descriptor["artifactType"] = manifest.artifact_type;
  }
  if (document.contains("annotations")) {
    descriptor["annotations"] = document["annotations"];
  }
  manifest.referrer = descriptor.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The manifest of the request's body, checked by itself; or why it is refused.
std::optional<Response> refuse(const Exchange& exchange, const Route& route, const Json& document,
                               const StoredManifest& manifest) {
  if (!document.is_object()) {
    return invalid_manifest("the manifest is not a JSON object");
  }
  const std::string own_type = text_of(document, "mediaType");
  if (!own_type.empty() && own_type != manifest.media_type) {
    return invalid_manifest("Content-Type is not the manifest's mediaType");
  }
  const std::string config_type = text_of(object_of(document, "config"), "mediaType");
  const auto& allowed = exchange.quirks.config_types;
  if (!allowed.empty() && !config_type.empty() &&
      std::find(allowed.begin(), allowed.end(), config_type) == allowed.end()) {
    return invalid_manifest("this type of config is not supported");
  }
  const auto digest = content::Digest::parse(route.reference);
  if (digest ? *digest != manifest.digest : !valid_tag(route.reference)) {
    return error_response(400, digest ? "DIGEST_INVALID" : "TAG_INVALID",
                          "the reference does not fit the manifest");
  }
  if (Json errors = missing_parts(exchange, route.repository, document); !errors.empty()) {
    Response response = error_response(exchange.quirks.missing_blob_status, "", "");
    response.body =
        Json{{"errors", std::move(errors)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
    return response;
  }
  return std::nullopt;
}

std::optional<Response> conflict(const Exchange& exchange,
                                 const std::map<std::string, content::Digest>& existing,
                                 const std::vector<std::string>& tags,
                                 const content::Digest& digest) {
  const std::string_view if_match = exchange.request.headers.get("If-Match");
  const bool only_new = exchange.request.headers.get("If-None-Match") == "*";
  for (const std::string& tag : tags) {
    const auto found = existing.find(tag);
    const bool there = found != existing.end();
    if ((only_new && there) ||
        (!if_match.empty() &&
         (!there || (if_match != "*" && if_match != '"' + found->second.text() + '"')))) {
      return error_response(412, "DENIED", "the tag has changed");
    }
    if (exchange.quirks.immutable_tags && there && found->second != digest) {
      return error_response(400, "TAG_INVALID",
                            fmt::format("the tag {} exists and is immutable", tag));
    }
  }
  return std::nullopt;
}

Response manifest_created(const Exchange& exchange, const Route& route,
                          const StoredManifest& manifest, const std::vector<std::string>& tags) {
  Response response{.status = exchange.quirks.manifest_put_status};
  const std::string path =
      fmt::format("/v2/{}/manifests/{}", route.repository, manifest.digest.text());
  response.headers.add(
      "Location", exchange.quirks.location == Location::kRelative ? path : exchange.origin + path);
  response.headers.add("Docker-Content-Digest", manifest.digest.text());
  for (const std::string& tag : tags) {
    response.headers.add("OCI-Tag", tag);
  }
  if (manifest.subject && !exchange.quirks.no_referrers) {
    response.headers.add("OCI-Subject", manifest.subject->text());
  }
  return response;
}

Response put_manifest(const Exchange& exchange, const Route& route) {
  if (exchange.quirks.no_repository_on_push &&
      !exchange.state.storage.has_repository(route.repository)) {
    return error_response(404, "NAME_UNKNOWN", "the repository does not exist");
  }
  auto body = exchange.body.read_all(kMaximumManifest);
  if (!body) {
    return error_response(413, "SIZE_INVALID", "the manifest is too large, or incomplete");
  }
  const std::string_view type = exchange.request.headers.get("Content-Type");
  StoredManifest manifest{.digest = content::sha256(*body),
                          .media_type = std::string(type.substr(0, type.find(';'))),
                          .body = *std::move(body)};
  const Json document = parse_shallow(manifest.body);
  if (auto refused = refuse(exchange, route, document, manifest)) {
    return *std::move(refused);
  }
  describe_referrer(document, manifest);
  const bool by_digest = static_cast<bool>(content::Digest::parse(route.reference));
  std::vector<std::string> extra;
  if (by_digest && !exchange.quirks.ignore_tag_parameter) {
    extra = exchange.request.parameters("tag");
  }
  if (extra.size() > kMaximumTags || !std::all_of(extra.begin(), extra.end(), valid_tag)) {
    return error_response(400, "TAG_INVALID", "too many tags, or one that is none");
  }
  const std::vector<std::string> tags = by_digest ? extra : std::vector{route.reference};
  std::optional<Response> refused;
  exchange.state.storage.put_manifest(route.repository, manifest, tags,
                                      [&](const std::map<std::string, content::Digest>& existing) {
                                        refused =
                                            conflict(exchange, existing, tags, manifest.digest);
                                        return !refused;
                                      });
  return refused ? *std::move(refused) : manifest_created(exchange, route, manifest, extra);
}

bool accepts(const Request& request, const std::string& type) {
  return std::any_of(request.headers.fields().begin(), request.headers.fields().end(),
                     [&](const auto& field) {
                       return equal_without_case(field.first, "Accept") &&
                              (field.second.find(type) != std::string::npos ||
                               field.second.find("*/*") != std::string::npos);
                     });
}

Response get_manifest(const Exchange& exchange, const Route& route) {
  const auto manifest = exchange.state.storage.manifest(route.repository, route.reference);
  if (!manifest) {
    return error_response(404, "MANIFEST_UNKNOWN", "manifest unknown to registry");
  }
  const bool oci = manifest->media_type.starts_with("application/vnd.oci.");
  if (exchange.quirks.accept_required && oci && !accepts(exchange.request, manifest->media_type)) {
    return error_response(404, "MANIFEST_UNKNOWN",
                          "OCI manifest found, but accept header does not support OCI manifests");
  }
  Response response{.body = manifest->body};
  response.headers.add("Content-Type", manifest->media_type);
  response.headers.add("ETag", '"' + manifest->digest.text() + '"');
  if (exchange.request.method != "HEAD" || !exchange.quirks.head_without_digest) {
    response.headers.add("Docker-Content-Digest", manifest->digest.text());
  }
  return response;
}

Response delete_manifest(const Exchange& exchange, const Route& route) {
  const auto digest = content::Digest::parse(route.reference);
  if (exchange.quirks.no_delete || (!digest && exchange.quirks.no_tag_delete)) {
    return error_response(405, "UNSUPPORTED", "the operation is unsupported");
  }
  Storage& storage = exchange.state.storage;
  if (digest ? storage.remove_manifest(route.repository, *digest)
             : storage.remove_tag(route.repository, route.reference)) {
    return Response{.status = 202};
  }
  return error_response(404, "MANIFEST_UNKNOWN", "manifest unknown to registry");
}

}  // namespace

Response serve_manifest(const Exchange& exchange, const Route& route) {
  const std::string& method = exchange.request.method;
  if (method == "PUT") {
    return put_manifest(exchange, route);
  }
  if (method == "GET" || method == "HEAD") {
    return get_manifest(exchange, route);
  }
  if (method == "DELETE") {
    return delete_manifest(exchange, route);
  }
  return error_response(405, "UNSUPPORTED", "the operation is unsupported");
}

}  // namespace gantry::test_registry

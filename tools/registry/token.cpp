#include "registry/token.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/text.hpp"
#include "oci/json_document.hpp"
#include "registry/server_message.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;
using std::chrono::seconds;
using Perform = std::function<HttpOutcome(const HttpRequest&)>;
using Time = std::chrono::system_clock::time_point;

namespace {

constexpr std::size_t kMaximumAnswer = std::size_t{64} << 10;
constexpr seconds kDefaultLifetime{60};
constexpr seconds kMaximumLifetime{std::chrono::hours(24)};

bool is_loopback(const Endpoint& endpoint) {
  return endpoint.host == "localhost" || scope_of(endpoint.host) == AddressScope::kLoopback;
}

Error error_of(const TokenRequest& request, std::string what) {
  return {std::move(what), host_of(request.registry), ""};
}

/// The realm comes from the registry: credentials go there, so it is looked at first.
Result<void> check_realm(const TokenRequest& request) {
  const auto service = endpoint_of(request.realm);
  if (!service) {
    return error_of(request,
                    fmt::format("the registry names a token service that cannot be used: {}",
                                service.error().what));
  }
  const bool plain = request.registry.scheme == "http" ||
                     (request.peer == AddressScope::kLoopback && is_loopback(*service));
  if (service->scheme != "https" && !plain) {
    return error_of(request, fmt::format("the registry names a token service without TLS, {}",
                                         shown(request.realm)));
  }
  // The same guard holds for what a name resolves to, when it is connected to.
  const auto scope = scope_of(service->host);
  if (scope && *scope != AddressScope::kPublic && *scope != request.peer) {
    return error_of(request, fmt::format("the registry names a token service at {}, {}",
                                         name_of(*scope), shown(request.realm)));
  }
  return {};
}

/// Of a GET. The name goes along, since some services look at nothing else.
std::string url_of(const TokenRequest& request, std::string_view account) {
  auto url = request.realm.substr(0, request.realm.find('#'));
  if (!account.empty()) {
    url = with_parameter(url, "account", account);
  }
  if (!request.service.empty()) {
    url = with_parameter(url, "service", request.service);
  }
  for (const auto& scope : request.scopes.texts()) {
    url = with_parameter(url, "scope", scope);
  }
  return url;
}

HttpRequest request_to(const TokenRequest& request, std::string url) {
  HttpRequest http;
  http.url = std::move(url);
  http.headers = {{"Accept", "application/json"}};
  http.maximum_body = kMaximumAnswer;
  http.named_by = request.peer;
  return http;
}

HttpOutcome get(const Perform& perform, const TokenRequest& request,
                const std::optional<Credentials>& credentials) {
  auto http = request_to(request, url_of(request, credentials ? credentials->username : ""));
  if (credentials) {
    const auto& secret =
        credentials->password.empty() ? credentials->identity_token : credentials->password;
    http.headers.emplace_back("Authorization",
                              "Basic " + base::to_base64(credentials->username + ":" + secret));
  }
  return perform(http);
}

/// By the refresh token grant of OAuth 2 (RFC 6749, section 6).
HttpOutcome post(const Perform& perform, const TokenRequest& request,
                 const Credentials& credentials) {
  const std::pair<std::string_view, std::string> fields[] = {
      {"grant_type", "refresh_token"},
      {"service", request.service},
      {"client_id", "gantry"},
      {"scope", base::join(request.scopes.texts(), " ")},
      {"refresh_token", credentials.identity_token},
  };
  std::string form;
  for (const auto& [name, value] : fields) {
    form += fmt::format("{}{}={}", form.empty() ? "" : "&", name, percent_encoded(value));
  }
  TextBody body(std::move(form));
  auto http = request_to(request, request.realm.substr(0, request.realm.find('#')));
  http.method = "POST";
  http.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  http.body = &body;
  return perform(http);
}

Error refusal_of(const TokenRequest& request, const HttpResponse& response,
                 const std::optional<Credentials>& credentials) {
  const auto said = server_message(response);
  const auto answer = fmt::format("{}{}", response.status, said.empty() ? "" : ": " + said);
  auto error = error_of(
      request, fmt::format("the token service {} answers {}", shown(request.realm), answer));
  const bool refused = response.status == 400 || response.status == 401 || response.status == 403;
  if (refused && credentials) {
    error.what += fmt::format("; the credentials are from {}", credentials->source);
  }
  if (refused) {
    error.hint = fmt::format("to log in: gantry registry login {}", host_of(request.registry));
  }
  return error;
}

/// It goes into a header as it is.
bool is_header_safe(std::string_view token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// From when it was made if the service says so, and its clock is not far from ours.
Time expiry(Time now, std::optional<Time> issued, seconds lifetime) {
  const auto begin = issued && *issued < now ? *issued : now;
  return begin + lifetime > now ? begin + lifetime : now + lifetime;
}

Result<Token> read_token(const TokenRequest& request, const HttpResponse& response, Time now) {
  // An answer that cannot be read may hold a token all the same: no parser's message is shown.
  const auto failure = [&](std::string_view what) {
    return error_of(request, fmt::format("the token service {} {}", shown(request.realm), what));
  };
  const auto document = oci::JsonDocument::parse(response.body, "");
  if (!document || !document->root().keys()) {
    return failure("answers with something that is no JSON object");
  }
  const auto root = document->root();
  const auto text = [&](std::string_view key) -> std::string {
    std::string value;
    return oci::read_optional(root, key, &oci::JsonValue::text, value) ? value : "";
  };
  Token token;
  token.value = text("token");
  if (token.value.empty()) {
    token.value = text("access_token");
  }
  if (!is_header_safe(token.value)) {
    return failure("answers without a token");
  }
  std::int64_t lifetime = 0;
  if (!oci::read_optional(root, "expires_in", &oci::JsonValue::number, lifetime) || lifetime == 0) {
    lifetime = kDefaultLifetime.count();
  }
  std::optional<Time> issued;
  if (const auto time = base::parse_time(text("issued_at"))) {
    issued = Time(seconds(*time));
  }
  token.expires = expiry(now, issued, std::min(seconds(lifetime), kMaximumLifetime));
  return token;
}

Result<ScopeSet> read_access(const std::string& payload) {
  constexpr std::size_t kMaximumEntries = 256;
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(payload, "token"));
  GANTRY_TRY(const auto access, document.root().member("access"));
  GANTRY_TRY(const auto entries, access.elements(kMaximumEntries));
  ScopeSet granted;
  for (const auto& entry : entries) {
    std::string type;
    std::string name;
    std::vector<std::string> actions;
    GANTRY_CHECK(oci::read_optional(entry, "type", &oci::JsonValue::text, type));
    GANTRY_CHECK(oci::read_optional(entry, "name", &oci::JsonValue::text, name));
    GANTRY_CHECK(oci::read_optional(entry, "actions", &oci::JsonValue::texts, actions));
    granted.add(fmt::format("{}:{}:{}", type, name, base::join(actions, ",")));
  }
  return granted;
}

}  // namespace

Result<Token> fetch_token(const Perform& perform, const TokenRequest& request,
                          const std::optional<Credentials>& credentials, Time now) {
  if (credentials && !credentials->registry_token.empty()) {
    return Token{credentials->registry_token, now + kMaximumLifetime};
  }
  GANTRY_CHECK(check_realm(request));
  if (credentials && !credentials->identity_token.empty()) {
    GANTRY_TRY(const auto response, post(perform, request, *credentials).response);
    const bool unknown = response.status == 404 || response.status == 405;
    if (response.status == 200) {
      return read_token(request, response, now);
    }
    if (!unknown) {
      return refusal_of(request, response, credentials);
    }
  }
  GANTRY_TRY(const auto response, get(perform, request, credentials).response);
  if (response.status != 200) {
    return refusal_of(request, response, credentials);
  }
  return read_token(request, response, now);
}

std::optional<ScopeSet> granted_scopes(std::string_view token) {
  const auto parts = base::split(token, '.');
  const auto payload = parts.size() == 3 ? base::from_base64(parts[1]) : std::nullopt;
  if (!payload) {
    return std::nullopt;
  }
  const auto granted = read_access(*payload);
  return granted ? std::optional(*granted) : std::nullopt;
}

std::string host_of(const Endpoint& endpoint) {
  const auto text = to_text(endpoint);
  return text.substr(text.find("://") + 3);
}

}  // namespace gantry::registry

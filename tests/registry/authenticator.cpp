#include "tests/registry/authenticator.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "base/text.hpp"
#include "tests/registry/exchange.hpp"

namespace gantry::test_registry {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaximumTokens = 10'000;

std::string encode_base64_url(std::string_view text) {
  std::string encoded(text.size() / 3 * 4 + 5, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(size));
  encoded.resize(std::min(encoded.find('='), encoded.size()));
  std::replace(encoded.begin(), encoded.end(), '+', '-');
  std::replace(encoded.begin(), encoded.end(), '/', '_');
  return encoded;
}

std::string decode_base64(std::string_view text) {
  std::string decoded(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  decoded.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  while (text.ends_with('=') && !decoded.empty()) {
    decoded.pop_back();  // what stands for the padding
    text.remove_suffix(1);
  }
  return decoded;
}

// What follows the scheme; empty when the request has another one.
std::string_view credentials(const Request& request, std::string_view scheme) {
  const std::string_view value = request.headers.get("Authorization");
  const std::size_t blank = std::min(value.find(' '), value.size());
  return equal_without_case(value.substr(0, blank), scheme) ? base::trim(value.substr(blank))
                                                            : std::string_view();
}

// "repository:name:pull,push"; the name may hold colons.
std::set<Access> rights_of_scope(std::string_view scope) {
  std::set<Access> rights;
  const std::size_t first = scope.find(':');
  const std::size_t last = scope.rfind(':');
  if (scope.substr(0, first) != "repository" || first == last) {
    return rights;
  }
  for (const std::string_view action : base::split(scope.substr(last + 1), ',')) {
    rights.insert({std::string(scope.substr(first + 1, last - first - 1)), std::string(action)});
  }
  return rights;
}

std::string scope_of(const std::vector<Access>& needed) {
  std::vector<std::string> scopes;
  for (std::size_t i = 0; i < needed.size(); ++i) {
    if (i > 0 && needed[i].repository == needed[i - 1].repository) {
      scopes.back() += "," + needed[i].action;
    } else {
      scopes.push_back(fmt::format("repository:{}:{}", needed[i].repository, needed[i].action));
    }
  }
  return base::join(scopes, " ");
}

Json json_of_rights(const std::set<Access>& rights) {
  Json access = Json::array();
  for (const Access& right : rights) {
    access.push_back(
        {{"type", "repository"}, {"name", right.repository}, {"actions", {right.action}}});
  }
  return access;
}

}  // namespace

std::vector<Access> needed_access(const Request& request) {
  const auto route = parse_route(request.path);
  if (!route) {
    return {};
  }
  if (request.method == "GET" || request.method == "HEAD") {
    return {{route->repository, "pull"}};
  }
  if (request.method == "DELETE" && route->kind != Route::Kind::kUpload) {
    return {{route->repository, "delete"}};
  }
  std::vector<Access> needed = {{route->repository, "pull"}, {route->repository, "push"}};
  const auto from = request.parameter("from");
  if (from && request.parameter("mount") && *from != route->repository) {
    needed.push_back({*from, "pull"});
  }
  return needed;
}

void Authenticator::configure(AuthOptions options) {
  const std::lock_guard lock(mutex_);
  options_ = std::move(options);
}

bool Authenticator::known_user(const Request& request, std::string& username) const {
  const std::string pair = decode_base64(credentials(request, "Basic"));
  const std::size_t colon = std::min(pair.find(':'), pair.size());
  username = pair.substr(0, colon);
  const auto user = options_.users.find(username);
  return colon < pair.size() && user != options_.users.end() &&
         user->second == pair.substr(colon + 1);
}

Response Authenticator::challenge(int status, const std::string& origin,
                                  const std::vector<Access>& needed, std::string_view error) {
  const std::lock_guard lock(mutex_);
  Response response =
      error_response(status, status == 403 ? "DENIED" : "UNAUTHORIZED", "authentication required");
  if (options_.negotiate_first) {
    response.headers.add("WWW-Authenticate", "Negotiate");
  }
  if (options_.scheme == AuthOptions::Scheme::kBasic) {
    response.headers.add("WWW-Authenticate", fmt::format("Basic realm=\"{}\"", options_.service));
  }
  if (options_.scheme == AuthOptions::Scheme::kBearer) {
    std::string value =
        fmt::format(R"(Bearer realm="{}",service="{}")",
                    options_.realm.empty() ? origin + "/token" : options_.realm, options_.service);
    if (!needed.empty()) {
      value += fmt::format(",scope=\"{}\"", scope_of(needed));
    }
    if (!error.empty()) {
      value += fmt::format(",error=\"{}\"", error);
    }
    response.headers.add("WWW-Authenticate", std::move(value));
  }
  return response;
}

std::optional<Response> Authenticator::refuse(const Request& request, const std::string& origin,
                                              const std::vector<Access>& needed) {
  std::unique_lock lock(mutex_);
  std::string username;
  std::string_view error;
  int status = 401;
  if (options_.scheme == AuthOptions::Scheme::kNone ||
      (options_.scheme == AuthOptions::Scheme::kBasic && known_user(request, username))) {
    return std::nullopt;
  }
  if (options_.scheme == AuthOptions::Scheme::kBearer) {
    const std::string_view text = credentials(request, "Bearer");
    const auto token = tokens_.find(text);
    if (token == tokens_.end() || token->second.expires < std::chrono::steady_clock::now()) {
      error = text.empty() ? "" : "invalid_token";
    } else if (std::all_of(needed.begin(), needed.end(), [&](const Access& right) {
                 return token->second.rights.contains(right) ||
                        token->second.rights.contains({right.repository, "*"});
               })) {
      return std::nullopt;
    } else {
      error = "insufficient_scope";
      status = options_.insufficient_status;
    }
  }
  lock.unlock();
  return challenge(status, origin, needed, error);
}

Response Authenticator::grant(const TokenRequest& asked, bool anonymous, bool oauth2) {
  Token token{.rights = {}, .expires = std::chrono::steady_clock::now() + options_.lifetime};
  for (const std::string& scope : asked.scopes) {
    for (const Access& right : rights_of_scope(scope)) {
      if ((!anonymous || right.action == "pull") &&
          (options_.granted.empty() || options_.granted.contains(right.action))) {
        token.rights.insert(right);
      }
    }
  }
  const Json claims = {{"access", json_of_rights(token.rights)}, {"jti", std::to_string(++made_)}};
  const std::string text =
      fmt::format("{}.{}.{}", encode_base64_url(R"({"alg":"none","typ":"JWT"})"),
                  encode_base64_url(claims.dump(-1, ' ', false, Json::error_handler_t::replace)),
                  encode_base64_url("no signature"));
  if (tokens_.size() >= kMaximumTokens) {
    tokens_.clear();
  }
  tokens_.emplace(text, std::move(token));
  Json document = {{options_.access_token_field || oauth2 ? "access_token" : "token", text}};
  if (options_.expires_in) {
    document["expires_in"] = *options_.expires_in;
  }
  if (!options_.identity_token.empty() && !anonymous) {
    document["refresh_token"] = options_.identity_token;
  }
  Response response{.body = document.dump()};
  response.headers.add("Content-Type", "application/json");
  return response;
}

Response Authenticator::serve_token(const Request& request, RequestBody& body) {
  Request form = request;
  const bool oauth2 = request.method == "POST";
  if (oauth2) {
    const auto text = body.read_all(std::size_t{64} << 10);
    const auto parsed = parse_request_line("POST /token?" + text.value_or("") + " HTTP/1.1");
    if (!parsed) {
      return error_response(400, "UNSUPPORTED", "the form is malformed");
    }
    form.query = parsed->query;
  }
  TokenRequest asked{.method = request.method,
                     .username = {},
                     .refresh_token = form.parameter("refresh_token").value_or(""),
                     .scopes = {}};
  const std::lock_guard lock(mutex_);
  for (const std::string& parameter : form.parameters("scope")) {
    for (const std::string_view scope : base::split(parameter, ' ')) {
      asked.scopes.emplace_back(scope);
    }
    if (options_.first_scope_only) {
      break;
    }
  }
  Response response = error_response(401, "UNAUTHORIZED", "these credentials are not known");
  if (options_.scheme != AuthOptions::Scheme::kBearer || (oauth2 && options_.no_oauth2)) {
    response = error_response(404, "UNSUPPORTED", "404 page not found");
  } else if (oauth2) {
    asked.username = form.parameter("username").value_or("");
    const auto user = options_.users.find(asked.username);
    const bool known = asked.refresh_token.empty() ? user != options_.users.end() &&
                                                         user->second == form.parameter("password")
                                                   : asked.refresh_token == options_.identity_token;
    response = known ? grant(asked, false, true) : response;
  } else if (known_user(request, asked.username)) {
    response = grant(asked, false, false);
  } else if (!request.headers.has("Authorization") && options_.anonymous_pull) {
    response = grant(asked, true, false);
  }
  asked.status = response.status;
  token_requests_.push_back(std::move(asked));
  return response;
}

void Authenticator::revoke_tokens() {
  const std::lock_guard lock(mutex_);
  tokens_.clear();
}

std::vector<TokenRequest> Authenticator::token_requests() const {
  const std::lock_guard lock(mutex_);
  return token_requests_;
}

void Authenticator::clear_token_requests() {
  const std::lock_guard lock(mutex_);
  token_requests_.clear();
}

}  // namespace gantry::test_registry

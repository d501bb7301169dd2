#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/registry/http_connection.hpp"

namespace gantry::test_registry {

struct AuthOptions {
  enum class Scheme { kNone, kBasic, kBearer };
  Scheme scheme = Scheme::kNone;
  std::map<std::string, std::string> users = {};  ///< and their passwords
  bool negotiate_first = false;                   ///< a challenge that no client here can answer
  bool anonymous_pull = false;                    ///< tokens to pull for everybody

  std::string realm = {};  ///< a whole URL; empty: /token of this registry
  std::string service = "test-registry";
  std::string identity_token = {};           ///< what a POST may have as refresh_token
  bool no_oauth2 = false;                    ///< POST of the token service: 404
  bool access_token_field = false;           ///< "access_token" in place of "token"
  std::optional<unsigned> expires_in = 300;  ///< seconds, as told; nothing: not told
  std::chrono::milliseconds lifetime = std::chrono::minutes(5);  ///< as it is
  bool first_scope_only = false;       ///< further scope parameters are not read
  std::set<std::string> granted = {};  ///< the only actions in tokens; empty: all asked for
  int insufficient_status = 401;       ///< for a good token without the right; some say 403
};

/// A right that a request needs.
struct Access {
  std::string repository;
  std::string action;
  auto operator<=>(const Access&) const = default;
};

/// A request to the token service.
struct TokenRequest {
  std::string method;
  std::string username;  ///< empty: anonymous, or by identity token
  std::string refresh_token;
  std::vector<std::string> scopes;  ///< one for each, also where a parameter has several
  int status = 0;
};

/// Lets requests pass that have the rights, and is the token service. Thread-safe.
class Authenticator {
 public:
  explicit Authenticator(AuthOptions options) : options_(std::move(options)) {}

  void configure(AuthOptions options);

  /// The answer to a request that may not pass.
  std::optional<Response> refuse(const Request& request, const std::string& origin,
                                 const std::vector<Access>& needed);

  /// An answer with this challenge, whatever the request has.
  Response challenge(int status, const std::string& origin, const std::vector<Access>& needed,
                     std::string_view error);

  /// A request to /token.
  Response serve_token(const Request& request, RequestBody& body);

  /// All tokens given so far are worth nothing from now on.
  void revoke_tokens();

  std::vector<TokenRequest> token_requests() const;
  void clear_token_requests();

 private:
  struct Token {
    std::set<Access> rights;
    std::chrono::steady_clock::time_point expires;
  };

  bool known_user(const Request& request, std::string& username) const;
  Response grant(const TokenRequest& asked, bool anonymous, bool oauth2);

  mutable std::mutex mutex_;
  AuthOptions options_;
  std::map<std::string, Token, std::less<>> tokens_;
  std::uint64_t made_ = 0;
  std::vector<TokenRequest> token_requests_;
};

/// The rights that a request to the API needs, by its method and path.
std::vector<Access> needed_access(const Request& request);

}  // namespace gantry::test_registry

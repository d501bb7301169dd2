#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::registry {

class CredentialStore;
struct Endpoint;
struct HttpOutcome;
struct HttpRequest;
struct HttpResponse;

/// What a request needs to be allowed: "repository:library/debian:pull,push". The repository that
/// the request is about comes first: it also says which credentials to use.
using Scopes = std::vector<std::string>;

/// Knows what each registry wants in the Authorization header, and keeps the tokens. Safe to use
/// from many threads: of those who need the same token, one gets it and the others wait.
class Authorizer {
 public:
  using Clock = std::function<std::chrono::system_clock::time_point()>;
  /// How token services are asked; may retry. Called on the thread that needs the token.
  using Perform = std::function<HttpOutcome(const HttpRequest&)>;

  /// credentials must outlive it.
  Authorizer(CredentialStore& credentials, Perform perform, Clock clock = {});
  Authorizer(Authorizer&&) noexcept;
  Authorizer& operator=(Authorizer&&) noexcept;
  ~Authorizer();

  /// The header's value by what is known of the registry; empty: send none. Once it has asked for
  /// tokens, one for other scopes (or in place of one that expires soon) is got beforehand, so that
  /// no body is sent in vain. If that fails, empty: the registry's answer will tell.
  std::string authorization(const Endpoint& registry, const Scopes& scopes);

  /// After a 401: finds out what the registry wants. Success means that authorization() gives
  /// something now that was not tried. sent is the value that the request had. The Error says what
  /// the registry, or its token service, said.
  base::Result<void> answer(const Endpoint& registry, const Scopes& scopes, std::string_view sent,
                            const HttpResponse& unauthorized);

  /// The Error of a request that was refused for good (401, 403): the registry's own message, what
  /// the token does and does not grant, and what may help.
  base::Error refusal(const Endpoint& registry, const Scopes& scopes, std::string_view sent,
                      const HttpResponse& refused) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gantry::registry

#pragma once

#include <chrono>
#include <optional>
#include <random>

#include "registry/http.hpp"

namespace gantry::registry {

/// How patient we are with a registry that fails.
struct RetryPolicy {
  unsigned attempts = 6;  ///< in all, in a row without anything gained
  std::chrono::milliseconds first = std::chrono::milliseconds(200);
  std::chrono::milliseconds longest = std::chrono::seconds(10);
  /// A registry that asks for more time than that has refused.
  std::chrono::milliseconds longest_asked = std::chrono::seconds(120);
};

/// Waiting times that double, each by chance between a half of itself and the whole, so that those
/// who failed together do not come back together.
class Backoff {
 public:
  explicit Backoff(const RetryPolicy& policy);

  /// How long to wait before the next attempt, at least as long as the registry has asked for;
  /// nothing if there is to be none.
  std::optional<std::chrono::milliseconds> next(std::optional<std::chrono::milliseconds> asked);

  /// Something was gained: counting begins anew.
  void reset() { failures_ = 0; }

 private:
  RetryPolicy policy_;
  unsigned failures_ = 0;
  std::minstd_rand random_;
};

/// Statuses that may be gone the next time: of overload, of timeouts, of what is behind a proxy.
bool is_passing(int status);

/// What the answer asks for in Retry-After (seconds, or a date), or in its body, where GHCR has it
/// ("retry-after: 880µs").
std::optional<std::chrono::milliseconds> retry_after(const HttpResponse& response,
                                                     std::chrono::system_clock::time_point now);

/// False when interrupted meanwhile.
bool wait_for(std::chrono::milliseconds time);

/// As client.perform, and again while that may help.
HttpOutcome perform_with_retries(HttpClient& client, const HttpRequest& request,
                                 const RetryPolicy& policy);

}  // namespace gantry::registry

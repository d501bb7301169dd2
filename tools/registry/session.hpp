#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "registry/authorizer.hpp"
#include "registry/http.hpp"
#include "registry/retry.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

/// One step of the protocol.
struct Operation {
  HttpRequest request;  ///< its URL may be relative to the registry's
  Scopes scopes = {};
  /// Whether it does no harm to send it again when nobody knows if it arrived.
  bool repeatable = true;
};

struct Answer {
  HttpResponse response;
  std::string url;                                    ///< which has answered, after all redirects
  std::optional<base::Error> refusal = std::nullopt;  ///< with 401 and 403: why, and what may help
};

struct Outcome {
  base::Result<Answer> answer;
  bool transient = false;  ///< as in HttpOutcome
};

/// What this process has found out about a registry, so as not to find it out for every blob.
/// Thread-safe.
class HostMemory {
 public:
  /// Mounting gives errors there.
  bool refuses_mounts() const { return refuses_mounts_; }
  void learn_refuses_mounts() { refuses_mounts_ = true; }

  /// The size of body that gets through; blobs that are larger go in chunks. Nothing: no limit is
  /// known.
  std::optional<std::uint64_t> largest_body() const;
  void learn_largest_body(std::uint64_t bytes);

  /// It takes bodies by PATCH alone.
  bool wants_chunks() const { return wants_chunks_; }
  void learn_wants_chunks() { wants_chunks_ = true; }

 private:
  std::atomic<bool> refuses_mounts_ = false;
  std::atomic<bool> wants_chunks_ = false;
  std::atomic<std::uint64_t> largest_body_ = 0;  // 0: no limit is known
};

/// A registry, as we talk to it: with credentials, through redirects, again after what passes.
/// Credentials go to the registry's own endpoint only; from https no step leads to http; where an
/// answer leads to, only public addresses are gone to, and the registry's own surroundings.
class Session {
 public:
  /// client and authorizer must outlive it.
  Session(HttpClient& client, Authorizer& authorizer, Endpoint registry, RetryPolicy policy = {});

  /// Blocks. Safe to call from many threads.
  Outcome perform(Operation operation);

  const Endpoint& registry() const { return registry_; }
  const RetryPolicy& policy() const { return policy_; }
  HostMemory& memory() { return memory_; }

 private:
  Outcome follow(Operation operation);
  Outcome perform_here(const Operation& operation);
  Outcome perform_elsewhere(const Operation& operation);

  HttpClient& client_;
  Authorizer& authorizer_;
  Endpoint registry_;
  RetryPolicy policy_;
  HostMemory memory_;
  std::atomic<AddressScope> scope_ = AddressScope::kPublic;  // of the registry's address
};

}  // namespace gantry::registry

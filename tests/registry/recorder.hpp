#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/registry/http_message.hpp"

namespace gantry::test_registry {

/// A request that came, and how it ended.
struct RecordedRequest {
  Request request;
  std::uint64_t body_bytes = 0;  ///< read from the connection
  int status = 0;                ///< answered; 0: the connection was dropped, or it is under way
};

/// All requests in the order of their heads. What a client has the answer of is recorded in full.
/// Thread-safe.
class Recorder {
 public:
  /// A ticket for finish().
  std::size_t begin(const Request& request);
  void finish(std::size_t ticket, int status, std::uint64_t body_bytes);

  std::vector<RecordedRequest> requests() const;

  /// How many matched: method "" is any, target a regular expression found in path and query.
  std::size_t count(std::string_view method = {}, const std::string& target = {}) const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::size_t cleared_ = 0;  ///< tickets below this belong to requests that were cleared away
  std::vector<RecordedRequest> requests_;
};

}  // namespace gantry::test_registry

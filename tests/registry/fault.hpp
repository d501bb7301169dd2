#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tests/registry/http_message.hpp"

namespace gantry::test_registry {

/// What goes wrong with the requests that match. The parts combine.
struct Fault {
  static constexpr unsigned kAlways = ~0U;

  std::string method = {};  ///< a regular expression for the whole method; empty: any
  std::string target = {};  ///< a regular expression found in path and query; empty: any
  unsigned skip = 0;        ///< so many matching requests are served well first
  unsigned times = 1;       ///< how many requests it then hits

  int status = 0;         ///< answers this, with body, instead of serving the request
  Pairs headers = {};     ///< added to the answer, in place of its own of the same name
  std::string body = {};  ///< of the answer with status
  std::optional<std::uint64_t> drop_request_after = {};   ///< body bytes read, then a reset
  std::optional<std::uint64_t> drop_response_after = {};  ///< body bytes sent, then a reset
  std::optional<std::uint64_t> end_response_after = {};   ///< the same, but ended in order
  std::optional<std::uint64_t> wrong_byte_at = {};        ///< this byte of the body is inverted
  bool endless = false;                                   ///< the body goes on for ever, in chunks
  std::uint64_t header_bytes = 0;                         ///< so many more bytes of headers
  std::chrono::milliseconds delay{};                      ///< before the answer
  std::uint64_t bytes_per_second = 0;  ///< of bodies, in both directions; 0: as fast as can be
};

/// "method=PUT,target=/blobs/,times=3,status=503,header=Retry-After: 1,drop-request-after=1M":
/// a Fault from text, its parts named as above with hyphens; a comma in a value is written "\,".
base::Result<Fault> parse_fault(std::string_view text);

/// The faults that are planned, asked once for each request. Thread-safe.
class FaultPlan {
 public:
  void add(Fault fault);
  void clear();

  /// The first fault that hits this request, or one that does nothing.
  Fault take(const Request& request);

 private:
  struct Planned {
    Fault fault;
    std::regex method;
    std::regex target;
  };
  std::mutex mutex_;
  std::vector<Planned> planned_;
};

}  // namespace gantry::test_registry

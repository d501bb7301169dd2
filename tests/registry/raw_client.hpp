#pragma once

#include <string>
#include <string_view>

#include "base/file.hpp"
#include "tests/registry/http_message.hpp"

namespace gantry::test_registry {

/// What came back for one request.
struct Answer {
  int status = 0;  ///< 0: nothing, or nothing that is HTTP
  Headers headers;
  std::string head;  ///< as it came
  std::string body;
  bool complete = false;  ///< the body is as long as it was said to be

  std::string header(std::string_view name) const { return std::string(headers.get(name)); }
};

/// One connection to a server on 127.0.0.1 for tests of what is on the wire: it sends what it is
/// told to and believes nothing.
class RawClient {
 public:
  /// To "127.0.0.1:port".
  explicit RawClient(std::string_view host);

  bool send(std::string_view bytes);
  Answer receive(bool to_head = false);

  /// Sends a request with a Content-Length and receives the answer.
  Answer request(std::string_view method, std::string_view target, std::string_view body = {},
                 const Pairs& headers = {});

  /// Reads some bytes of whatever comes; 0 at the end.
  std::size_t discard();

  /// Reads until the server ends the connection; false when it does not.
  bool ended();

 private:
  bool fill();

  base::Fd socket_;
  std::string pending_;
};

}  // namespace gantry::test_registry

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tests/registry/fault.hpp"
#include "tests/registry/http_message.hpp"
#include "tests/registry/stream.hpp"

namespace gantry::test_registry {

/// What has come and is not yet read, of one connection.
class HttpInput {
 public:
  explicit HttpInput(Stream& stream) : stream_(stream) {}

  /// A line without its end, LF or CRLF; nothing when the connection ends first or the line is
  /// longer than limit.
  std::optional<std::string> line(std::size_t limit);

  /// At most into.size() bytes; 0 when the connection has ended.
  std::size_t read(std::span<char> into);

  Stream& stream() { return stream_; }

 private:
  Stream& stream_;
  std::string pending_;
};

/// The body of a request, by Content-Length or in chunks, read as far as somebody wants it.
class RequestBody {
 public:
  RequestBody(HttpInput& input, const Request& request);

  /// The fault may slow the reading or break it.
  void apply(const Fault& fault);

  /// 0 at the end, or when the body is broken.
  std::size_t read(std::span<char> into);

  /// The whole body; nothing when it is broken or longer than limit.
  std::optional<std::string> read_all(std::size_t limit);

  /// The connection was lost, or the chunks are malformed.
  bool broken() const { return broken_; }
  bool at_end() const { return remaining_ == 0 && !chunked_; }
  std::uint64_t received() const { return received_; }
  std::optional<std::uint64_t> length() const { return length_; }

  /// The client waits for "100 Continue", which it gets at the first read.
  bool awaited() const { return awaited_; }

 private:
  bool next_chunk();
  bool fail();

  HttpInput& input_;
  std::optional<std::uint64_t> length_ = 0;
  std::uint64_t remaining_ = 0;  ///< of the body, or of the chunk
  std::uint64_t received_ = 0;
  std::uint64_t limit_ = UINT64_MAX;
  std::uint64_t bytes_per_second_ = 0;
  bool chunked_ = false;
  bool awaited_ = false;
  bool broken_ = false;
};

/// The next request's head. Nothing when the connection has ended or what came is not HTTP, which
/// has then been answered.
std::optional<Request> read_request(HttpInput& input);

/// How answers look on the wire.
struct AnswerStyle {
  bool lf_only = false;    ///< lines end by LF alone
  bool head_body = false;  ///< HEAD has a body too, against the protocol
};

/// Sends the answer with the fault's damage; false when the connection cannot be used again.
bool write_response(Stream& stream, const Request& request, const Response& response,
                    const Fault& fault, AnswerStyle style);

}  // namespace gantry::test_registry

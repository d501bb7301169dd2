#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "registry/address.hpp"

namespace gantry::registry {

/// Header fields in the order they came; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value);
  std::string_view get(std::string_view name) const;               ///< the first; empty: absent
  std::vector<std::string_view> all(std::string_view name) const;  ///< of every field of the name

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// The body of a request. Read on another thread, but by one at a time.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::uint64_t size() const = 0;  ///< bytes, known beforehand
  virtual base::Result<std::size_t> read(std::span<std::byte> into) = 0;  ///< 0: the end
  virtual base::Result<void> rewind() = 0;  ///< to the first byte, to be sent (again)
};

/// A body that is in memory: a manifest, a form.
class TextBody : public BodySource {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}

  std::uint64_t size() const override { return text_.size(); }
  base::Result<std::size_t> read(std::span<std::byte> into) override;
  base::Result<void> rewind() override;

 private:
  std::string text_;
  std::size_t position_ = 0;
};

struct HttpResponse;

/// Takes the body of a successful answer (2xx) as it arrives, on another thread. An Error ends the
/// transfer.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Before the first bytes: status and headers.
  virtual base::Result<void> begin(const HttpResponse& head) = 0;
  virtual base::Result<void> write(std::span<const std::byte> bytes) = 0;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< Authorization included
  BodySource* body = nullptr;                                     ///< rewound before it is sent
  BodySink* sink = nullptr;  ///< null: the body goes to HttpResponse::body
  /// Whether libcurl may send a body again by itself, when a kept connection turns out to be dead
  /// or an HTTP/2 stream is refused. The peer may have read some of it already.
  bool repeatable = true;
  std::size_t maximum_body = std::size_t{4} << 20;  ///< of what is kept in memory: more is an error

  /// For a URL that an answer has named (a redirect, a Location, a token realm): the peer of that
  /// answer. Only public addresses and that scope are connected to. Nothing: any address.
  std::optional<AddressScope> named_by = std::nullopt;
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;  ///< of an unsuccessful answer at most 64 KiB, the rest is dropped
  AddressScope peer = AddressScope::kPublic;  ///< who answered

  bool successful() const { return status >= 200 && status < 300; }
};

/// What came of a request: an answer of any status, or why there is none.
struct HttpOutcome {
  base::Result<HttpResponse> response;
  /// Without an answer: it may come the next time (no connection, one that was cut or stalled), as
  /// opposed to what stays as it is (TLS, too large an answer, an Error of sink or body, Ctrl-C).
  bool transient = false;
};

struct HttpOptions {
  std::filesystem::path ca_file = {};             ///< PEM; empty: the system's
  std::filesystem::path client_certificate = {};  ///< PEM; empty: none
  std::filesystem::path client_key = {};          ///< PEM; empty: in client_certificate
  std::string user_agent = "gantry";
  unsigned connections_per_host = 4;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);
  /// Without any byte in either direction, or with answers that only trickle in.
  std::chrono::milliseconds stall_timeout = std::chrono::seconds(60);
  /// From the last byte of a body to the answer: registries hash what they were given.
  std::chrono::milliseconds answer_timeout = std::chrono::seconds(600);
};

/// Requests by libcurl (HTTP/1.1 and HTTP/2), from any number of threads at a time; connections are
/// kept and shared. Follows no redirect, retries nothing, knows no credentials: see Session.
class HttpClient {
 public:
  static base::Result<HttpClient> create(HttpOptions options = {});
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  /// Blocks until the answer is there. Interrupted (base/interrupt.hpp), it ends with an Error
  /// soon.
  HttpOutcome perform(const HttpRequest& request);

 private:
  class Engine;
  explicit HttpClient(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace gantry::registry

#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "registry/http.hpp"
#include "registry/libcurl.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

/// One request on its way by one easy handle of libcurl. Prepared by the thread that asks, carried
/// out by the thread that drives the handles.
class HttpTransfer {
 public:
  using Clock = std::chrono::steady_clock;

  HttpTransfer(CURL* easy, const HttpRequest& request, const HttpOptions& options)
      : easy_(easy), request_(request), options_(options) {}
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  /// Gives the handle its options. An Error if the request cannot be made.
  base::Result<void> prepare();

  CURL* easy() const { return easy_; }

  /// The clock of the time limits starts.
  void start() { advanced(); }
  /// Nothing has come or gone for too long, or next to nothing.
  bool stalled(Clock::time_point now) const;

  /// What came of it, as libcurl says.
  HttpOutcome finish(CURLcode code);
  HttpOutcome finish_stalled();
  HttpOutcome finish_interrupted() const;

 private:
  static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static std::size_t on_header(char* text, std::size_t size, std::size_t count, void* self);
  static std::size_t on_write(char* bytes, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_request(void* self, char* peer, char* local, int peer_port, int local_port);

  base::Result<void> check_address();
  base::Result<void> set_headers();
  void set_method();
  void set_body();
  void set_tls();
  void set_connection();
  void advanced();
  void received(std::size_t bytes);
  base::Result<void> read_header(std::string_view line);
  base::Result<bool> take(std::span<const std::byte> bytes);
  bool allows(AddressScope scope) const;
  base::Error refused(AddressScope scope) const;
  HttpOutcome failed(CURLcode code) const;
  bool transient(CURLcode code) const;

  template <class T>
  void set(CURLoption option, T value) {
    libcurl().easy_setopt(easy_, option, value);
  }

  struct FreeList {
    void operator()(curl_slist* list) const { libcurl().slist_free_all(list); }
  };

  CURL* easy_;
  const HttpRequest& request_;
  const HttpOptions& options_;
  Endpoint endpoint_;
  bool proxied_ = false;  // then the peer that libcurl sees is the proxy
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  HttpResponse response_;
  std::size_t header_bytes_ = 0;
  bool headers_complete_ = false;
  bool body_begun_ = false;
  bool body_cut_ = false;   // the rest of an unsuccessful answer was not of interest
  std::uint64_t sent_ = 0;  // of the body, as far as libcurl took it
  Clock::time_point last_advance_;
  std::uint64_t trickled_ = 0;        // bytes that have come since, too few to be an advance
  std::optional<base::Error> error_;  // of a callback, which ended the transfer
};

}  // namespace gantry::registry

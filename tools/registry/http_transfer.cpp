#include "registry/http_transfer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/socket.h>

#include "base/text.hpp"

namespace gantry::registry {

using base::Error;
using base::Result;

namespace {

constexpr std::size_t kMaximumHeaders = std::size_t{64} << 10;
constexpr std::size_t kMaximumFailureBody = std::size_t{64} << 10;
constexpr long kBuffer = 256L << 10;
constexpr std::uint64_t kLeastRate = 1000;  // bytes per second of an answer, on average

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") ||
         scope_of(host) == AddressScope::kLoopback;
}

bool environment_has_proxy() {
  const auto is_set = [](const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  return is_set("http_proxy") || is_set("https_proxy") || is_set("HTTPS_PROXY") ||
         is_set("all_proxy") || is_set("ALL_PROXY");
}

std::string hint_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "is the registry's name right, and is there a network?";
    case CURLE_COULDNT_CONNECT:
      return "does the registry run there, and is a proxy (https_proxy) needed to reach it?";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "if the registry's certificate is signed by an authority of your own, name its file: "
             "--ca-file, or GANTRY_CA_FILE for a build";
    case CURLE_SSL_CONNECT_ERROR:
      return "a registry without TLS must be asked for as such: --plain-http, or "
             "GANTRY_PLAIN_HTTP=HOST:PORT for a build";
    default:
      return "";
  }
}

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace

Result<void> HttpTransfer::prepare() {
  GANTRY_TRY(endpoint_, endpoint_of(request_.url));
  proxied_ = environment_has_proxy() && !is_loopback_name(endpoint_.host);
  GANTRY_CHECK(check_address());
  libcurl().easy_reset(easy_);
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_ERRORBUFFER, message_.data());
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  GANTRY_CHECK(set_headers());
  set_method();
  set(CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &HttpTransfer::on_write);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_BUFFERSIZE, kBuffer);
  set_connection();
  set_tls();
  if (request_.body != nullptr) {
    GANTRY_CHECK(request_.body->rewind());
    set_body();
  }
  return {};
}

/// Names are checked when they have become an address.
Result<void> HttpTransfer::check_address() {
  auto scope = scope_of(endpoint_.host);
  if (is_loopback_name(endpoint_.host)) {
    scope = AddressScope::kLoopback;
  }
  return scope && !allows(*scope) ? refused(*scope) : Result<void>();
}

bool HttpTransfer::allows(AddressScope scope) const {
  return !request_.named_by || scope == AddressScope::kPublic || scope == *request_.named_by;
}

Error HttpTransfer::refused(AddressScope scope) const {
  return {
      fmt::format("the registry refers to '{}', which is {}", to_text(endpoint_), name_of(scope)),
      shown(request_.url), "a registry elsewhere has no business there; nothing was sent"};
}

Result<void> HttpTransfer::set_headers() {
  // An Expect header waits for an answer that many servers never give.
  std::vector<std::string> lines = {"Expect:"};
  if (request_.body == nullptr) {
    lines.emplace_back("Content-Type:");
  }
  for (const auto& [name, value] : request_.headers) {
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return Error{fmt::format("the value of the header {} has a line break", name),
                   shown(request_.url), ""};
    }
    lines.push_back(fmt::format("{}: {}", name, value));
  }
  for (const auto& line : lines) {
    auto* const longer = libcurl().slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) {
      return Error{"out of memory", shown(request_.url), ""};
    }
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

void HttpTransfer::set_method() {
  const auto& method = request_.method;
  if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (request_.body != nullptr) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (method == "POST" || method == "PUT" || method == "PATCH") {
    set(CURLOPT_POSTFIELDS, "");  // says Content-Length: 0
    set(CURLOPT_POSTFIELDSIZE, 0L);
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (method != "GET") {
    set(CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

void HttpTransfer::set_body() {
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body->size()));
  set(CURLOPT_READFUNCTION, &HttpTransfer::on_read);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_SEEKFUNCTION, &HttpTransfer::on_seek);
  set(CURLOPT_SEEKDATA, this);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kBuffer);
}

void HttpTransfer::set_connection() {
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_OPENSOCKETFUNCTION, &HttpTransfer::on_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  set(CURLOPT_PREREQFUNCTION, &HttpTransfer::on_request);
  set(CURLOPT_PREREQDATA, this);
  if (!proxied_) {
    set(CURLOPT_NOPROXY, "*");
  }
}

void HttpTransfer::set_tls() {
  if (!options_.ca_file.empty()) {
    set(CURLOPT_CAINFO, options_.ca_file.c_str());
    set(CURLOPT_CAPATH, nullptr);  // the system's, beside its file
  }
  if (!options_.client_certificate.empty()) {
    const auto& key =
        options_.client_key.empty() ? options_.client_certificate : options_.client_key;
    set(CURLOPT_SSLCERT, options_.client_certificate.c_str());
    set(CURLOPT_SSLKEY, key.c_str());
  }
}

std::size_t HttpTransfer::on_read(char* into, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  auto taken = transfer.request_.body->read({reinterpret_cast<std::byte*>(into), size * count});
  if (!taken) {
    transfer.error_ = std::move(taken).error();
    return CURL_READFUNC_ABORT;
  }
  transfer.sent_ += *taken;
  transfer.advanced();
  return *taken;
}

int HttpTransfer::on_seek(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (offset != 0 || origin != SEEK_SET) {
    return CURL_SEEKFUNC_CANTSEEK;
  }
  if (!transfer.request_.repeatable && transfer.sent_ > 0) {
    return CURL_SEEKFUNC_FAIL;
  }
  transfer.sent_ = 0;
  if (auto rewound = transfer.request_.body->rewind(); !rewound) {
    transfer.error_ = std::move(rewound).error();
    return CURL_SEEKFUNC_FAIL;
  }
  return CURL_SEEKFUNC_OK;
}

std::size_t HttpTransfer::on_header(char* text, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  transfer.received(size * count);
  auto read = transfer.read_header({text, size * count});
  if (!read) {
    transfer.error_ = std::move(read).error();
    return 0;
  }
  return size * count;
}

void HttpTransfer::advanced() {
  last_advance_ = Clock::now();
  trickled_ = 0;
}

/// Bytes that merely trickle in are as good as none: else who sends one now and then keeps us for
/// ever.
void HttpTransfer::received(std::size_t bytes) {
  trickled_ += bytes;
  const auto least = kLeastRate * static_cast<std::uint64_t>(options_.stall_timeout.count()) / 1000;
  if (trickled_ >= least) {
    advanced();
  }
}

Result<void> HttpTransfer::read_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaximumHeaders) {
    return Error{fmt::format("the headers of the answer are larger than {}",
                             base::format_bytes(kMaximumHeaders)),
                 shown(request_.url), "this does not look like a registry"};
  }
  line = base::trim(line);
  if (line.empty()) {
    headers_complete_ = true;
    advanced();
    return {};
  }
  if (line.starts_with("HTTP/")) {  // of the final answer, after any 1xx
    response_.headers = {};
    headers_complete_ = false;
    return {};
  }
  const auto colon = line.find(':');
  if (!headers_complete_ && colon != std::string_view::npos) {  // after it come trailers
    response_.headers.add(std::string(base::trim(line.substr(0, colon))),
                          std::string(base::trim(line.substr(colon + 1))));
  }
  return {};
}

std::size_t HttpTransfer::on_write(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  transfer.received(size * count);
  auto taken = transfer.take({reinterpret_cast<const std::byte*>(bytes), size * count});
  if (!taken) {
    transfer.error_ = std::move(taken).error();
    return CURL_WRITEFUNC_ERROR;
  }
  return *taken ? size * count : CURL_WRITEFUNC_ERROR;
}

/// False: enough.
Result<bool> HttpTransfer::take(std::span<const std::byte> bytes) {
  if (!body_begun_) {
    long status = 0;
    libcurl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    if (response_.successful() && request_.sink != nullptr) {
      GANTRY_CHECK(request_.sink->begin(response_));
    }
    body_begun_ = true;
  }
  if (response_.successful() && request_.sink != nullptr) {
    GANTRY_CHECK(request_.sink->write(bytes));
    return true;
  }
  const auto limit = response_.successful() ? request_.maximum_body
                                            : std::min(request_.maximum_body, kMaximumFailureBody);
  const auto room = std::min(bytes.size(), limit - response_.body.size());
  response_.body.append(reinterpret_cast<const char*>(bytes.data()), room);
  if (room < bytes.size() && response_.successful()) {
    return Error{fmt::format("the answer is larger than {}", base::format_bytes(limit)),
                 shown(request_.url), ""};
  }
  body_cut_ = room < bytes.size();
  return !body_cut_;
}

curl_socket_t HttpTransfer::on_socket(void* self, curlsocktype /*purpose*/,
                                      curl_sockaddr* address) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  if (const auto scope = scope_of(address->addr); !transfer.proxied_ && !transfer.allows(scope)) {
    transfer.error_ = transfer.refused(scope);
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// Before a request goes out, also on a connection that was open already.
// NOLINTNEXTLINE(readability-non-const-parameter): libcurl's signature
int HttpTransfer::on_request(void* self, char* peer, char* /*local*/, int /*peer_port*/,
                             int /*local_port*/) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  transfer.advanced();
  const auto scope =
      transfer.proxied_ ? AddressScope::kPublic : scope_of(peer).value_or(AddressScope::kLoopback);
  transfer.response_.peer = scope;
  if (!transfer.allows(scope)) {
    transfer.error_ = transfer.refused(scope);
    return CURL_PREREQFUNC_ABORT;
  }
  transfer.error_.reset();  // of an address that was refused before this one
  return CURL_PREREQFUNC_OK;
}

bool HttpTransfer::stalled(Clock::time_point now) const {
  const bool all_sent = request_.body == nullptr || sent_ >= request_.body->size();
  const bool waits = all_sent && response_.status == 0 && request_.method != "HEAD";
  const auto limit =
      waits && request_.body != nullptr ? options_.answer_timeout : options_.stall_timeout;
  return now - last_advance_ > limit;
}

HttpOutcome HttpTransfer::finish(CURLcode code) {
  if (code != CURLE_OK && !body_cut_) {
    return failed(code);
  }
  long status = 0;
  libcurl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  if (request_.sink != nullptr && response_.successful() && !body_begun_) {
    if (auto begun = request_.sink->begin(response_); !begun) {
      return {std::move(begun).error(), false};
    }
  }
  return {std::move(response_), false};
}

HttpOutcome HttpTransfer::finish_stalled() {
  const bool all_sent = request_.body != nullptr && sent_ >= request_.body->size();
  const auto limit = all_sent ? options_.answer_timeout : options_.stall_timeout;
  auto what = fmt::format("{} has sent nothing for {}", to_text(endpoint_), seconds(limit));
  if (trickled_ > 0) {
    what = fmt::format("{} has sent only {} in {}", to_text(endpoint_),
                       base::format_bytes(trickled_), seconds(limit));
  }
  return {Error{std::move(what), shown(request_.url), ""}, true};
}

HttpOutcome HttpTransfer::finish_interrupted() const {
  return {Error{"interrupted", shown(request_.url), ""}, false};
}

HttpOutcome HttpTransfer::failed(CURLcode code) const {
  if (error_) {
    return {*error_, false};
  }
  const std::string_view detail =
      message_[0] != '\0' ? message_.data() : libcurl().easy_strerror(code);
  return {Error{fmt::format("no answer from {}: {}", to_text(endpoint_), base::printable(detail)),
                shown(request_.url), hint_of(code)},
          transient(code)};
}

bool HttpTransfer::transient(CURLcode code) const {
  long number = 0;
  libcurl().easy_getinfo(easy_, CURLINFO_OS_ERRNO, &number);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
      return true;
    case CURLE_SSL_CONNECT_ERROR:
      return number == ECONNRESET || number == ETIMEDOUT;
    default:
      return false;
  }
}

}  // namespace gantry::registry

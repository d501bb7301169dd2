#include "tests/registry/http_connection.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::test_registry {

namespace {

constexpr std::size_t kMaximumHead = std::size_t{64} << 10;
constexpr std::size_t kMaximumFields = 200;
constexpr std::size_t kMaximumChunkLine = 1024;

void refuse(HttpInput& input, int status) {
  const Request none{.method = "GET"};
  Response response = error_response(status, "UNSUPPORTED", "this is not a request");
  response.headers.add("Connection", "close");
  write_response(input.stream(), none, response, {}, {});
}

// False when the fields are not well-formed, or say two things about the body.
bool valid_fields(const Request& request) {
  unsigned lengths = 0;
  for (const auto& [name, value] : request.headers.fields()) {
    if (name.empty() || name.find_first_of(" \t") != std::string::npos) {
      return false;
    }
    if (equal_without_case(name, "Content-Length")) {
      ++lengths;
      if (!base::parse_unsigned(value)) {
        return false;
      }
    }
  }
  const std::string_view encoding = request.headers.get("Transfer-Encoding");
  return lengths <= 1 &&
         (encoding.empty() || (lengths == 0 && equal_without_case(encoding, "chunked")));
}

}  // namespace

std::optional<std::string> HttpInput::line(std::size_t limit) {
  std::size_t searched = 0;
  for (;;) {
    const std::size_t end = pending_.find('\n', searched);
    if (end != std::string::npos && end <= limit) {
      std::string found = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      if (found.ends_with('\r')) {
        found.pop_back();
      }
      return found;
    }
    if (end != std::string::npos || pending_.size() > limit) {
      return std::nullopt;
    }
    searched = pending_.size();
    char more[4096];
    const std::size_t got = stream_.read(more);
    if (got == 0) {
      return std::nullopt;
    }
    pending_.append(more, got);
  }
}

std::size_t HttpInput::read(std::span<char> into) {
  if (pending_.empty()) {
    return stream_.read(into);
  }
  const std::size_t count = std::min(pending_.size(), into.size());
  std::copy_n(pending_.begin(), count, into.begin());
  pending_.erase(0, count);
  return count;
}

std::optional<Request> read_request(HttpInput& input) {
  auto line = input.line(kMaximumHead);
  if (line && line->empty()) {
    line = input.line(kMaximumHead);  // RFC 9112, 2.2: an empty line before a request is ignored
  }
  if (!line) {
    return std::nullopt;
  }
  auto request = parse_request_line(*line);
  std::size_t size = line->size();
  while (request && (line = input.line(kMaximumHead - size)) && !line->empty()) {
    size += line->size();
    const std::size_t colon = line->find(':');
    if (colon == std::string::npos || request->headers.fields().size() >= kMaximumFields) {
      request.reset();
      break;
    }
    request->headers.add(line->substr(0, colon),
                         std::string(base::trim(std::string_view(*line).substr(colon + 1))));
    if (size >= kMaximumHead) {
      break;
    }
  }
  if (request && (!line || !line->empty())) {
    refuse(input, 431);
    return std::nullopt;
  }
  if (!request || !valid_fields(*request)) {
    refuse(input, 400);
    return std::nullopt;
  }
  return request;
}

RequestBody::RequestBody(HttpInput& input, const Request& request) : input_(input) {
  if (!request.headers.get("Transfer-Encoding").empty()) {
    chunked_ = true;
    length_.reset();
  } else {
    length_ = base::parse_unsigned(request.headers.get("Content-Length")).value_or(0);
    remaining_ = *length_;
  }
  awaited_ = !at_end() && equal_without_case(request.headers.get("Expect"), "100-continue");
}

void RequestBody::apply(const Fault& fault) {
  limit_ = fault.drop_request_after.value_or(UINT64_MAX);
  bytes_per_second_ = fault.bytes_per_second;
}

bool RequestBody::fail() {
  broken_ = true;
  remaining_ = 0;
  chunked_ = false;
  return false;
}

bool RequestBody::next_chunk() {
  if (received_ > 0 && !input_.line(kMaximumChunkLine)) {
    return fail();
  }
  const auto line = input_.line(kMaximumChunkLine);
  if (!line) {
    return fail();
  }
  const auto size = base::parse_unsigned(
      base::trim(std::string_view(*line).substr(0, std::min(line->find(';'), line->size()))), 16);
  if (!size) {
    return fail();
  }
  remaining_ = *size;
  if (remaining_ > 0) {
    return true;
  }
  chunked_ = false;
  for (std::size_t trailers = 0; trailers < kMaximumFields; ++trailers) {
    const auto trailer = input_.line(kMaximumChunkLine);
    if (!trailer) {
      return fail();
    }
    if (trailer->empty()) {
      return false;
    }
  }
  return fail();
}

std::size_t RequestBody::read(std::span<char> into) {
  if (awaited_) {
    awaited_ = false;
    if (!input_.stream().write("HTTP/1.1 100 Continue\r\n\r\n")) {
      fail();
    }
  }
  if (received_ >= limit_ && !at_end()) {
    input_.stream().close(true);
    fail();
  }
  if (remaining_ == 0 && (!chunked_ || !next_chunk())) {
    return 0;
  }
  auto wanted = std::min<std::uint64_t>({into.size(), remaining_, limit_ - received_});
  if (bytes_per_second_ > 0) {
    wanted = std::clamp<std::size_t>(wanted, 1, bytes_per_second_ / 20 + 1);
  }
  const std::size_t got = input_.read(into.first(wanted));
  if (got == 0) {
    fail();
    return 0;
  }
  remaining_ -= got;
  received_ += got;
  if (bytes_per_second_ > 0) {
    input_.stream().pause(std::chrono::nanoseconds(got * 1'000'000'000 / bytes_per_second_));
  }
  return got;
}

std::optional<std::string> RequestBody::read_all(std::size_t limit) {
  std::string all;
  std::string piece(std::size_t{64} << 10, '\0');
  while (const std::size_t got = read(piece)) {
    if (got > limit - all.size()) {
      return std::nullopt;
    }
    all.append(piece, 0, got);
  }
  return broken_ ? std::nullopt : std::optional(std::move(all));
}

}  // namespace gantry::test_registry

#include <algorithm>
#include <chrono>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tests/registry/http_connection.hpp"

namespace gantry::test_registry {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;

std::string head_of(const Request& request, const Response& response, const Fault& fault,
                    AnswerStyle style) {
  const std::string_view end = style.lf_only ? "\n" : "\r\n";
  std::string head =
      fmt::format("HTTP/1.1 {} {}{}", response.status, reason_phrase(response.status), end);
  Headers headers = response.headers;
  for (const auto& [name, value] : fault.headers) {
    headers.remove(name);
  }
  for (const auto& [name, value] : fault.headers) {
    headers.add(name, value);
  }
  for (const auto& [name, value] : headers.fields()) {
    head += fmt::format("{}: {}{}", name, value, end);
  }
  for (std::uint64_t added = 0; added < fault.header_bytes; added += 1000) {
    head += fmt::format("X-Padding-{}: {}{}", added / 1000, std::string(1000, 'x'), end);
  }
  if (fault.endless && request.method != "HEAD") {
    head += fmt::format("Transfer-Encoding: chunked{}", end);
  } else if (response.status != 204 && !response.without_length && !headers.has("Content-Length")) {
    head += fmt::format("Content-Length: {}{}", response.length(), end);
  }
  return head.append(end);
}

void write_endless(Stream& stream) {
  const std::string chunk = fmt::format("10000\r\n{}\r\n", std::string(0x10000, '.'));
  while (stream.write(chunk)) {
  }
}

// The body's pieces on their way out, with the fault's damage.
class BodyWriter {
 public:
  BodyWriter(Stream& stream, const Fault& fault) : stream_(stream), fault_(fault) {
    limit_ = std::min(fault.drop_response_after.value_or(UINT64_MAX),
                      fault.end_response_after.value_or(UINT64_MAX));
  }

  bool write(std::string& piece) {
    const auto at = fault_.wrong_byte_at;
    if (at && *at >= sent_ && *at < sent_ + piece.size()) {
      piece[*at - sent_] = static_cast<char>(~piece[*at - sent_]);
    }
    const bool cut = piece.size() > limit_ - sent_;
    std::string_view left = std::string_view(piece).substr(0, limit_ - sent_);
    sent_ += left.size();
    while (fault_.bytes_per_second > 0 && !left.empty()) {
      const std::size_t count =
          std::min<std::size_t>(left.size(), fault_.bytes_per_second / 20 + 1);
      if (!stream_.write(left.substr(0, count)) ||
          !stream_.pause(
              std::chrono::nanoseconds(count * 1'000'000'000 / fault_.bytes_per_second))) {
        return false;
      }
      left.remove_prefix(count);
    }
    if (!stream_.write(left)) {
      return false;
    }
    if (cut) {
      stream_.close(fault_.drop_response_after.has_value());
    }
    return !cut;
  }

 private:
  Stream& stream_;
  const Fault& fault_;
  std::uint64_t limit_;
  std::uint64_t sent_ = 0;
};

bool write_file(const FileBody& file, BodyWriter& writer) {
  const auto opened = base::open_file(file.path, O_RDONLY | O_CLOEXEC);
  std::string piece;
  for (std::uint64_t done = 0; opened && done < file.length; done += piece.size()) {
    piece.resize(std::min<std::uint64_t>(kPiece, file.length - done));
    const ssize_t got =
        ::pread(opened->get(), piece.data(), piece.size(), static_cast<off_t>(file.offset + done));
    if (got <= 0) {
      return false;
    }
    piece.resize(static_cast<std::size_t>(got));
    if (!writer.write(piece)) {
      return false;
    }
  }
  return static_cast<bool>(opened);
}

}  // namespace

bool write_response(Stream& stream, const Request& request, const Response& response,
                    const Fault& fault, AnswerStyle style) {
  const std::string head = head_of(request, response, fault, style);
  const bool has_body = (request.method != "HEAD" || style.head_body) && response.status != 204;
  const bool plain = !fault.drop_response_after && !fault.end_response_after &&
                     !fault.wrong_byte_at && !fault.endless && fault.bytes_per_second == 0;
  if (plain && !response.file) {
    return stream.write(has_body ? head + response.body : head);  // one packet, where it fits
  }
  if (!stream.write(head)) {
    return false;
  }
  if (!has_body) {
    return true;
  }
  if (fault.endless) {
    write_endless(stream);
    return false;
  }
  BodyWriter writer(stream, fault);
  if (response.file) {
    return write_file(*response.file, writer);
  }
  std::string body = response.body;
  return writer.write(body);
}

}  // namespace gantry::test_registry

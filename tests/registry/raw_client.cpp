#include "tests/registry/raw_client.hpp"

#include <algorithm>
#include <cerrno>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/text.hpp"

namespace gantry::test_registry {

namespace {

constexpr std::size_t kMaximumAnswer = std::size_t{64} << 20;

}  // namespace

RawClient::RawClient(std::string_view host)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(
      base::parse_unsigned(host.substr(host.find(':') + 1)).value_or(0)));
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    socket_ = base::Fd();
  }
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::fill() {
  std::string piece(std::size_t{64} << 10, '\0');
  errno = 0;
  const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
  if (got <= 0 || pending_.size() > kMaximumAnswer) {
    return false;
  }
  pending_.append(piece, 0, static_cast<std::size_t>(got));
  return true;
}

std::size_t RawClient::discard() {
  if (pending_.empty()) {
    fill();
  }
  const std::size_t count = pending_.size();
  pending_.clear();
  return count;
}

bool RawClient::ended() {
  while (discard() > 0) {
  }
  return errno != EAGAIN;
}

Answer RawClient::receive(bool to_head) {
  Answer answer;
  std::size_t end = 0;
  std::size_t blank = 4;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
    if ((end = pending_.find("\n\n")) != std::string::npos) {
      blank = 2;
      break;
    }
    if (!fill()) {
      return answer;
    }
  }
  answer.head = pending_.substr(0, end);
  pending_.erase(0, end + blank);
  const auto lines = base::split(answer.head, '\n');
  const auto words = base::split(base::trim(lines[0]), ' ');
  answer.status =
      words.size() < 2 ? 0 : static_cast<int>(base::parse_unsigned(words[1]).value_or(0));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t colon = std::min(lines[i].find(':'), lines[i].size());
    const std::string_view value = lines[i].substr(std::min(colon + 1, lines[i].size()));
    answer.headers.add(std::string(lines[i].substr(0, colon)), std::string(base::trim(value)));
  }
  const auto length = base::parse_unsigned(answer.headers.get("Content-Length"));
  if (to_head || !length) {
    answer.complete = true;
    return answer;
  }
  while (pending_.size() < *length && fill()) {
  }
  answer.complete = pending_.size() >= *length;
  answer.body = pending_.substr(0, *length);
  pending_.erase(0, answer.body.size());
  return answer;
}

Answer RawClient::request(std::string_view method, std::string_view target, std::string_view body,
                          const Pairs& headers) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: test.invalid\r\n", method, target);
  for (const auto& [name, value] : headers) {
    text += fmt::format("{}: {}\r\n", name, value);
  }
  if (!body.empty() || method == "PUT" || method == "POST" || method == "PATCH") {
    text += fmt::format("Content-Length: {}\r\n", body.size());
  }
  text += "\r\n";
  text += body;
  // What fails to go out may still have been answered.
  send(text);
  return receive(method == "HEAD");
}

}  // namespace gantry::test_registry

#include <algorithm>
#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/text.hpp"
#include "vm/guest_port.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// An answer may take a server that has just begun some seconds; it is cut off nevertheless, since
/// one that was asked too early may never answer.
constexpr std::chrono::milliseconds kAnswerTime{30000};
constexpr std::size_t kLongestAnswer = std::size_t{64} << 10;
constexpr std::size_t kQuoted = 300;

constexpr unsigned kFirstGood = 200;
constexpr unsigned kLastGood = 399;

/// The bytes of an answer until its end, or until there are enough of them.
struct Answer {
  std::string text;
  bool cut = false;  ///< there was an error, or no time, before its end
};

Result<Answer> receive(Process& process, int fd, Deadline deadline, const std::string& doing) {
  Answer answer;
  std::array<char, 4096> chunk;
  while (answer.text.size() < kLongestAnswer) {
    GANTRY_TRY(const bool readable, process.ready(fd, POLLIN, deadline, doing));
    const auto count = readable ? recv(fd, chunk.data(), chunk.size(), 0) : -1;
    if (count == 0) {
      return answer;
    }
    if (count < 0 && readable && (errno == EAGAIN || errno == EINTR)) {
      continue;
    }
    if (count < 0) {
      answer.cut = true;
      return answer;
    }
    answer.text.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return answer;
}

std::string quoted(std::string_view text) {
  const auto part = base::trim(text.substr(0, kQuoted));
  return fmt::format("'{}{}'", base::printable(part), text.size() > kQuoted ? "…" : "");
}

/// Empty for an answer that will do.
std::string complaint_of(const Answer& answer) {
  const std::string_view text = answer.text;
  if (text.empty()) {
    return answer.cut ? "there was no answer" : "the connection was closed without an answer";
  }
  const auto line = text.substr(0, text.find_first_of("\r\n"));
  // "HTTP/1.1 200 OK"
  const auto status = line.size() >= 12 ? base::parse_unsigned(line.substr(9, 3)) : std::nullopt;
  if (!line.starts_with("HTTP/1.") || !status || line[8] != ' ' ||
      (line.size() > 12 && line[12] != ' ')) {
    return fmt::format("the answer was no HTTP: {}", quoted(text));
  }
  const auto body = std::min(text.find("\r\n\r\n"), text.find("\n\n"));
  if (body == std::string_view::npos) {
    return fmt::format("the answer ended in its head: {}", quoted(text));
  }
  if (*status >= kFirstGood && *status <= kLastGood) {
    return {};
  }
  const auto said = base::trim(text.substr(body));
  return fmt::format("the answer was {}{}{}", base::printable(line.substr(9)),
                     said.empty() ? "" : ": ", said.empty() ? "" : quoted(said));
}

}  // namespace

Result<std::string> GuestPort::get(const std::string& path, const std::string& doing,
                                   Deadline deadline) {
  GANTRY_TRY(const auto attempt, connect(doing, deadline));
  if (!attempt.complaint.empty()) {
    return attempt.complaint;
  }
  const int fd = attempt.socket.get();
  const auto request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: gantry\r\nAccept: */*\r\n"
      "Connection: close\r\n\r\n",
      path, settings_.host);
  // So short a request goes out at once.
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return std::string("the connection was closed at once");
  }
  GANTRY_TRY(const auto answer,
             receive(*process_, fd, std::min(deadline, after(scaled(kAnswerTime))), doing));
  return complaint_of(answer);
}

Result<void> GuestPort::wait_for_http(const std::string& path, Deadline deadline) {
  const auto doing = fmt::format("waiting for an answer to GET {} at port {} of the guest",
                                 base::printable(path), settings_.guest);
  return repeat(doing, deadline, [&] { return get(path, doing, deadline); });
}

}  // namespace gantry::vm

#include "vm/console.hpp"

#include <array>
#include <cerrno>
#include <span>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/text.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr std::size_t kKept = std::size_t{256} << 10;
constexpr std::size_t kQuoted = 1000;

/// What a person reads of a console: without the bytes that move a terminal's cursor.
std::string readable(std::string_view text) {
  std::string shown;
  for (const auto line :
       base::split(text.substr(text.size() - std::min(text.size(), kQuoted)), '\n')) {
    const auto end = line.ends_with('\r') ? line.size() - 1 : line.size();
    shown += base::printable(line.substr(0, end));
    shown += '\n';
  }
  return std::string(base::trim(shown));
}

}  // namespace

Result<Console> Console::open(Fd socket, Process& process, fs::path log, Logger logger) {
  Fd file;
  if (logger == Logger::kThis) {
    GANTRY_TRY(file, base::open_file(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC));
  }
  return Console(std::move(socket), process, std::move(file), std::move(log));
}

Result<std::string> Console::expect(const Pattern& pattern, Deadline deadline) {
  for (;;) {
    if (const auto match = pattern.find(unread_)) {
      auto found = unread_.substr(match->first, match->second - match->first);
      unread_.erase(0, match->second);
      return found;
    }
    const auto doing =
        fmt::format("waiting for '{}' on the console", base::printable(pattern.text()));
    if (auto ready = process_->wait_for(socket_.get(), POLLIN, deadline, doing); !ready) {
      return missing(ready.error());
    }
    GANTRY_TRY(const bool more, receive());
    if (!more) {
      return missing(process_->obituary(doing));
    }
  }
}

Result<void> Console::expect_text(std::string_view text, Deadline deadline) {
  std::size_t searched = 0;
  for (;;) {
    const auto at = unread_.find(text, searched);
    if (at != std::string::npos) {
      unread_.erase(0, at + text.size());
      return {};
    }
    searched = unread_.size() - std::min(unread_.size(), text.size());
    const auto doing = fmt::format("waiting for '{}' on the console", base::printable(text));
    if (auto ready = process_->wait_for(socket_.get(), POLLIN, deadline, doing); !ready) {
      return missing(ready.error());
    }
    const auto before = unread_.size();
    GANTRY_TRY(const bool more, receive());
    if (!more) {
      return missing(process_->obituary(doing));
    }
    if (unread_.size() < before) {
      searched = 0;
    }
  }
}

Result<void> Console::send(std::string_view text, Deadline deadline) {
  while (!text.empty()) {
    GANTRY_CHECK(process_->wait_for(socket_.get(), POLLOUT, deadline, "typing on its console"));
    const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR || errno == EAGAIN) {
        continue;
      }
      return process_->obituary("typing on its console");
    }
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<bool> Console::drain() {
  for (pollfd polled{socket_.get(), POLLIN, 0}; poll(&polled, 1, 0) > 0;) {
    GANTRY_TRY(const bool more, receive());
    if (!more) {
      return false;
    }
  }
  return true;
}

/// False at the end.
Result<bool> Console::receive() {
  std::array<char, 16384> chunk;
  const auto count = recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (count < 0) {
    return errno == EINTR || errno == EAGAIN;
  }
  if (count == 0) {
    return false;
  }
  const std::string_view text(chunk.data(), static_cast<std::size_t>(count));
  if (log_) {
    GANTRY_CHECK(base::write_all(log_.get(), std::as_bytes(std::span(text)), log_path_));
  }
  // A terminal's ends of lines, so that '$' is one.
  for (const char c : text) {
    if (c == '\n' && unread_.ends_with('\r')) {
      unread_.pop_back();
    }
    unread_ += c;
  }
  if (unread_.size() > kKept) {
    unread_.erase(0, unread_.size() - kKept);
  }
  return true;
}

base::Error Console::missing(const base::Error& why) const {
  const auto heard = unread_.empty() ? std::string("it has said nothing")
                                     : "the last that it said:\n" + readable(unread_);
  return {fmt::format("{}; {}", why.what, heard), log_path_.native(), why.hint};
}

}  // namespace gantry::vm

#include "vm/terminal.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <span>
#include <string_view>

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// What a guest still says after the input has ended: until it is quiet for so long.
constexpr std::chrono::milliseconds kQuiet{2000};

/// A terminal that gives each key at once, and to nobody else, as long as this lives.
class RawTerminal {
 public:
  RawTerminal()
      : is_terminal_(isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (is_terminal_) {
      auto raw = before_;
      cfmakeraw(&raw);
      tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
  }
  ~RawTerminal() {
    if (is_terminal_) {
      tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
    }
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  bool is_terminal() const { return is_terminal_; }

 private:
  termios before_{};
  bool is_terminal_;
};

/// Copies what is there; false at the end of from.
Result<bool> copy_some(int from, int to, bool leave_by_key) {
  std::array<char, 4096> chunk{};
  const auto count = read(from, chunk.data(), chunk.size());
  if (count < 0) {
    return errno == EINTR || errno == EAGAIN;
  }
  std::string_view text(chunk.data(), static_cast<std::size_t>(count));
  const auto leave = leave_by_key ? text.find(kLeaveKey) : std::string_view::npos;
  text = text.substr(0, leave);
  GANTRY_CHECK(base::write_all(to, std::as_bytes(std::span(text)), "the console"));
  return count > 0 && leave == std::string_view::npos;
}

}  // namespace

Result<void> join_terminal(int socket, Process& process) {
  const RawTerminal terminal;
  bool typing = true;
  while (!base::interrupted()) {
    std::array<pollfd, 3> polled{{{socket, POLLIN, 0},
                                  {process.ended_fd(), POLLIN, 0},
                                  {typing ? STDIN_FILENO : -1, POLLIN, 0}}};
    const int count =
        poll(polled.data(), polled.size(), typing ? -1 : static_cast<int>(kQuiet.count()));
    if (count < 0 && errno != EINTR) {
      return base::errno_error("wait for", "the console");
    }
    if (count == 0) {
      return {};
    }
    if (count < 0) {
      continue;
    }
    if (polled[0].revents != 0) {
      GANTRY_TRY(const bool more, copy_some(socket, STDOUT_FILENO, false));
      if (!more) {
        return {};
      }
    } else if (polled[1].revents != 0) {
      return {};
    }
    if (polled[2].revents != 0) {
      GANTRY_TRY(typing, copy_some(STDIN_FILENO, socket, terminal.is_terminal()));
      if (!typing && terminal.is_terminal()) {
        return {};
      }
    }
  }
  return {};
}

}  // namespace gantry::vm

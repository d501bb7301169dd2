#include "cli/secret_input.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"

namespace gantry::cli {

namespace {

constexpr std::size_t kMaximumSecret = std::size_t{64} << 10;

/// The terminal shows nothing of what is typed while one exists.
class HiddenInput {
 public:
  HiddenInput() {
    changed_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (changed_) {
      termios hidden = before_;
      hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;
  ~HiddenInput() {
    if (changed_) {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
      fmt::print(stderr, "\n");  // the one that was not shown
    }
  }

 private:
  termios before_{};
  bool changed_ = false;
};

/// To the end of the input, or of a line of it.
base::Result<std::string> read_input(bool line_only) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto count = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR && !base::interrupted()) {
      continue;
    }
    if (count < 0) {
      return base::errno_error("read", "standard input");
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaximumSecret) {
      return base::Error{"standard input is too long to be a password", "", ""};
    }
    if (count == 0 || (line_only && text.ends_with('\n'))) {
      break;
    }
  }
  for (const char end : {'\n', '\r'}) {
    if (text.ends_with(end)) {
      text.pop_back();
    }
  }
  return text;
}

}  // namespace

base::Result<std::string> read_standard_input() {
  return read_input(false);
}

base::Result<std::string> ask(std::string_view question, Echo echo) {
  if (isatty(STDIN_FILENO) == 0) {
    return base::Error{"there is no terminal to ask for a user name and a password", "",
                       "give the name by --username and the password by --password-stdin"};
  }
  // Before the question: a quick answer would be shown, or lost by the change.
  const auto hidden = echo == Echo::kOff ? std::make_unique<HiddenInput>() : nullptr;
  fmt::print(stderr, "{}: ", question);
  std::fflush(stderr);
  return read_input(true);
}

}  // namespace gantry::cli

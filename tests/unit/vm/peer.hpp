#pragma once

#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// A process that lives, and a socket at whose other end a test stands in for the machine.
class Peer {
 public:
  Peer() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    ours_ = base::Fd(ends[0]);
    theirs_ = base::Fd(ends[1]);
  }

  Process& process() { return process_; }
  base::Fd take() { return std::move(ours_); }
  const std::filesystem::path directory() const { return directory_.path(); }

  void say(std::string_view text) {
    EXPECT_EQ(write(theirs_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  /// What was said to it until the end of a line.
  std::string hear() {
    std::string line;
    for (char c = 0; c != '\n' && read(theirs_.get(), &c, 1) == 1;) {
      line += c;
    }
    return line;
  }

  void hang_up() { theirs_ = base::Fd(); }

 private:
  base::TempDir directory_ = *base::TempDir::create();
  base::Fd ours_;
  base::Fd theirs_;
  Process process_ = *Process::start({{"sleep", "60"}, directory_.path() / "log", {}});
};

}  // namespace gantry::vm

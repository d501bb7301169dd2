#pragma once

#include <chrono>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace gantry::runtime {

/// A process that sends this one a signal after a while: a thread would have to hold it back, too.
class SignalLater {
 public:
  SignalLater(int signal, std::chrono::milliseconds delay) : sender_(fork()) {
    if (sender_ == 0) {
      usleep(static_cast<useconds_t>(delay.count() * 1000));
      kill(getppid(), signal);
      _exit(0);
    }
  }
  SignalLater(const SignalLater&) = delete;
  SignalLater& operator=(const SignalLater&) = delete;
  ~SignalLater() { waitpid(sender_, nullptr, 0); }

 private:
  pid_t sender_;
};

}  // namespace gantry::runtime

#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/deadline.hpp"

namespace gantry::vm {

/// A running program that every wait watches: a QEMU that we started, or one that libvirt did.
/// Owns it: killed on destruction, unless released.
class Process {
 public:
  struct Start {
    std::vector<std::string> arguments;  ///< the program (a path, or a name on PATH) first
    std::filesystem::path log;           ///< its standard output and error, appended
    std::vector<int> inherited;          ///< file descriptors that it keeps, under their numbers
    int output = -1;             ///< where its standard output and error go, if not into a log
    bool shares_output = false;  ///< they go where ours do
    std::vector<std::string> environment = {};  ///< "NAME=value", besides ours
    int input = -1;                             ///< its standard input; else nothing
  };

  /// It dies with us, also when we are killed. No shell is involved.
  static base::Result<Process> start(const Start& start);

  /// One that somebody else has started.
  static base::Result<Process> adopt(pid_t pid, std::filesystem::path log);

  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }

  /// Readable once it has ended (pidfd_open(2)).
  int ended_fd() const { return pidfd_.get(); }

  /// Waits until fd has one of events (poll(2)). An Error if the process ends first, the deadline
  /// passes, or a signal tells us to stop; doing says what was waited for: "waiting for its
  /// console".
  base::Result<void> wait_for(int fd, short events, Deadline deadline, std::string_view doing);

  /// As wait_for, but false when time has passed and fd (-1: none) has none of events.
  base::Result<bool> ready(int fd, short events, Deadline time, std::string_view doing);

  /// Waits until time. An Error if the process ends first, or a signal tells us to stop.
  base::Result<void> rest(Deadline time, std::string_view doing);

  /// Waits until it has ended, or the deadline has passed: then false.
  bool wait_for_end(Deadline deadline);

  /// How it has ended, with the end of its log: what goes wrong next is due to that.
  base::Error obituary(std::string_view doing);

  /// How our child has ended: "exit code 1", "signal 9 (Killed)"; empty before that was waited for.
  const std::string& end() const { return end_; }

  /// Its exit code, or 128 and the number of the signal that ended it; 0 before it was waited for.
  int exit_code() const { return exit_code_; }

  /// Sends a signal to it and to all that it has started in its process group.
  void signal_group(int signal) const;

  /// SIGKILL, and waits until it is gone.
  void kill();

  /// Leaves it running from now on.
  pid_t release();

 private:
  Process(pid_t pid, base::Fd pidfd, std::filesystem::path log)
      : pid_(pid), pidfd_(std::move(pidfd)), log_(std::move(log)) {}
  void reap();

  pid_t pid_ = -1;
  base::Fd pidfd_;
  std::filesystem::path log_;
  std::unique_ptr<std::mutex> burial_ = std::make_unique<std::mutex>();  ///< of those who reap
  bool ended_ = false;
  int exit_code_ = 0;
  std::string end_;  ///< "exit code 1", "signal 7 (Bus error)"; empty: not our child, or running
};

/// Processes that daemonize below us become our children, so that they can be waited for, and do
/// not wait for a slow first process of a container to be buried.
void adopt_orphans();

}  // namespace gantry::vm

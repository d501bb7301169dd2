#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>

#include <sys/types.h>

#include "vm/agent/fd.hpp"
#include "vm/agent_messages.hpp"

namespace gantry::vm::agent {

/// A process of ours and what it says. Killed, with its process group, on destruction, unless it
/// has ended: what it has left running then goes on.
class Child {
 public:
  static std::variant<Child, Failure> execute(const Command& command);

  /// Does work in a process of its own, with somewhere to write its result to.
  static std::variant<Child, Failure> fork(const std::function<void(int out)>& work);

  Child(Child&& other) noexcept = default;
  Child& operator=(Child&& other) noexcept = default;
  ~Child();

  pid_t pid() const { return process_.pid; }
  bool is_execution() const { return static_cast<bool>(error_output.fd); }

  /// To it and all that it has started and that has no session of its own.
  void signal(int number) const;

  /// It has ended: what is in its pipes is all that it has said.
  void ended(int status);
  bool has_ended() const { return status_.has_value(); }
  Exited exited() const;

  /// One of its streams, to read from.
  struct Stream {
    Fd fd;
    bool at_end = false;
    std::optional<std::size_t> left;  ///< bytes that are still of the child; all, while it runs

    /// Bytes that it has said by now; 0: none, for now or (at_end) for good.
    std::size_t read(char* to, std::size_t size);
  };
  Stream output;
  Stream error_output;

  /// Its standard input: what has come for it and is not written.
  Fd input;
  std::string pending_input;
  bool input_ends = false;

  /// Writes what its standard input takes, and closes it when that was all. Bytes written.
  std::size_t write_input();

 private:
  struct Process {
    explicit Process(pid_t id) : pid(id) {}
    Process(Process&& other) noexcept : pid(std::exchange(other.pid, -1)) {}
    Process& operator=(Process&& other) noexcept {
      std::swap(pid, other.pid);
      return *this;
    }
    ~Process() = default;
    pid_t pid;
  };
  explicit Child(pid_t pid) : process_(pid) {}

  Process process_;
  std::optional<int> status_;
};

}  // namespace gantry::vm::agent

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/deadline.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// A program that is started for what it says, which is bounded. Killed on destruction, together
/// with the processes that it has started.
class HeardProcess {
 public:
  static constexpr std::size_t kMost = std::size_t{64} << 10;  ///< bytes that it may say

  /// arguments: the program first. inherited: file descriptors that it keeps.
  static base::Result<HeardProcess> start(std::vector<std::string> arguments,
                                          std::vector<int> inherited = {});

  HeardProcess(HeardProcess&&) noexcept = default;
  HeardProcess& operator=(HeardProcess&&) noexcept = default;
  ~HeardProcess();

  /// Readable when there is something to hear; -1 after the end of its output.
  int output_fd() const { return output_.get(); }
  /// Readable once it has ended.
  int ended_fd() const { return process_.ended_fd(); }

  /// Takes what it has said since. False if that was too much.
  bool listen();
  const std::string& said() const { return said_; }

  /// Ends it and all it has started, if it still runs. How it ended: "exit code 1", "signal 9
  /// (Killed)".
  std::string end();

  /// All that it says until it ends, which has to be with exit code 0, and by the deadline. Errors
  /// name it as words: "qemu-system-x86_64 --version".
  base::Result<std::string> hear_out(Deadline deadline, std::string_view words);

 private:
  HeardProcess(Process process, base::Fd output)
      : process_(std::move(process)), output_(std::move(output)) {}

  Process process_;
  base::Fd output_;
  std::string said_;
};

}  // namespace gantry::vm

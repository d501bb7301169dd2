#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/deadline.hpp"
#include "vm/monitor.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// A connection to a monitor of QEMU (the QEMU Machine Protocol). What arrives is bounded and
/// checked: the process at the other end has run a guest. Several threads may execute commands.
class Qmp : public Monitor {
 public:
  /// A connected socket, at whose other end is process, which must outlive this. Waits for the
  /// greeting.
  static base::Result<Qmp> open(base::Fd socket, Process& process, Deadline deadline);

  base::Result<nlohmann::json> execute(std::string_view command,
                                       std::string_view arguments = {}) override;
  base::Result<nlohmann::json> execute_with(int fd, std::string_view command,
                                            std::string_view arguments) override;

  /// The "data" of the first event of this name that has come or comes.
  base::Result<nlohmann::json> wait_for_event(std::string_view name, Deadline deadline);

 private:
  Qmp(base::Fd socket, Process& process) : socket_(std::move(socket)), process_(&process) {}
  base::Result<void> send(std::string_view line, int fd);
  base::Result<nlohmann::json> receive(Deadline deadline, std::string_view doing);
  base::Result<nlohmann::json> answer(std::string_view command);

  std::unique_ptr<std::mutex> turn_ = std::make_unique<std::mutex>();  ///< of a command
  base::Fd socket_;
  Process* process_;
  std::string buffer_;
  std::deque<std::string> events_;  ///< that nobody has asked for, as JSON; the oldest are dropped
};

}  // namespace gantry::vm

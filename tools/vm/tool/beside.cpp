#include "vm/tool/beside.hpp"

#include <csignal>

#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "vm/deadline.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

namespace {

constexpr std::chrono::milliseconds kLookAgain{100};
constexpr std::chrono::seconds kGrace{2};  // between SIGTERM and SIGKILL

void end(Process& process) {
  process.signal_group(SIGTERM);
  if (!process.wait_for_end(after(kGrace))) {
    process.signal_group(SIGKILL);
  }
}

}  // namespace

base::Result<int> run_beside(Machine& machine, const BesideCommand& command) {
  Process::Start start;
  start.arguments = command.words;
  start.output = command.output;
  start.shares_output = command.output < 0;
  for (const auto& port : machine.ports) {
    start.environment.push_back(fmt::format("GANTRY_VM_PORT_{}={}", port.guest, port.host));
  }
  GANTRY_TRY(auto process, Process::start(start));
  const auto deadline = after(command.timeout);
  while (!process.wait_for_end(after(kLookAgain))) {
    if (base::interrupted()) {
      end(process);
    } else if (command.timeout.count() != 0 && std::chrono::steady_clock::now() > deadline) {
      end(process);
      return base::Error{fmt::format("the command did not end within {} s",
                                     std::chrono::duration<double>(command.timeout).count()),
                         command.words.back(), ""};
    }
  }
  if (process.exit_code() != 0 &&
      machine.process->wait_for_end(after(std::chrono::milliseconds(0)))) {
    return machine.process->obituary("the command was running");
  }
  return process.exit_code();
}

}  // namespace gantry::vm

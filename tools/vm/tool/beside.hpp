#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// A command that is run on the host while a machine runs.
struct BesideCommand {
  std::vector<std::string> words;  ///< the program first
  int output = -1;                 ///< where its standard output and error go; -1: where ours do
  std::chrono::milliseconds timeout{0};  ///< then it is ended, which is an Error; 0: none
};

/// Its exit code. It finds the guest's ports in the variables GANTRY_VM_PORT_<guest's port>, and
/// ends with us, and with all that it has started, when a signal tells us to stop. An Error: it
/// does not start or end, or it fails and the machine has ended meanwhile.
base::Result<int> run_beside(Machine& machine, const BesideCommand& command);

}  // namespace gantry::vm

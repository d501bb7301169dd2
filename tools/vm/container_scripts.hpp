#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/checkpoint.hpp"

namespace gantry::vm {

/// Places in the words of a command line that a shell script fills in.
inline constexpr const char* kMachinePlace = "@MACHINE@";  ///< the directory of the machine
inline constexpr const char* kRunPlace = "@RUN@";          ///< the directory of its run

/// The program that takes up a machine by this command line of QEMU, with fixed ports for the
/// container's world and its console as standard input and output.
std::string start_script(const Checkpoint& checkpoint,
                         const std::vector<std::string>& command_line);

/// The program that says whether the machine goes on: by QEMU, and by the guest's agent if it has
/// one.
std::string healthy_script(const Checkpoint& checkpoint);

}  // namespace gantry::vm

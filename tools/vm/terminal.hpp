#pragma once

#include "base/result.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// Ends the connection of join_terminal(): Ctrl-], as telnet has it.
inline constexpr char kLeaveKey = 0x1d;

/// Connects our standard input and output to a socket, the console of a guest, each key as it is
/// pressed if they are a terminal. Returns on the key Ctrl-], at the end of a standard input that
/// is no terminal, when a signal tells us to stop, and when the machine ends.
base::Result<void> join_terminal(int socket, Process& process);

}  // namespace gantry::vm

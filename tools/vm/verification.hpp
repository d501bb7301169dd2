#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/agent_client.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// Registers of a guest's processors by their names ("CPU#0 RIP"), as QEMU writes them.
using Registers = std::map<std::string, std::string>;

/// Those in what QEMU's monitor says to "info registers -a" that are neither segments nor of the
/// floating-point unit: general ones, the program counter, and those that control paging.
Registers registers_in(std::string_view text);

/// By what a machine that goes on from a saved state is told from one that was booted again.
struct Witness {
  Registers registers;
  std::optional<agent::Welcome> agent;   ///< nothing: no agent answered
  bool console = false;                  ///< the guest answered on its console
  std::vector<std::uint16_t> listening;  ///< ports at which somebody in the guest listened
};

/// Of the processors of a machine that stands still.
base::Result<Registers> registers_of(Monitor& monitor);

/// Whether a guest that runs says something on its console each time return is pressed.
base::Result<bool> console_answers(Machine& machine, Deadline deadline);

/// Whether a program in the guest has the agent's port open.
base::Result<bool> agent_listens(Machine& machine);

/// Shows by running it that what was saved goes on, and is no reboot: its disk images are whole,
/// the processors have what they had, the guest writes to its memory, and its agent, its console
/// and who listens at its ports answer if they did. What it goes through is lost. Errors name the
/// part that fails.
base::Result<void> verify_restore(const SavedState& saved, const Witness& witness,
                                  double timeout_factor);

}  // namespace gantry::vm

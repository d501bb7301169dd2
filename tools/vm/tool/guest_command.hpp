#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/agent_client.hpp"

namespace gantry::vm {

/// Runs a command in the guest; what it says comes to our standard output and error as it says it.
/// Its exit code, or 128 and the number of the signal that ended it.
base::Result<int> run_in_guest(AgentClient& agent, const std::vector<std::string>& words,
                               const std::string& input);

/// The Error of a guest without an agent.
base::Error no_agent();

}  // namespace gantry::vm

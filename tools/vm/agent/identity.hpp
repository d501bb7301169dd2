#pragma once

#include <vector>

#include "vm/agent_messages.hpp"

namespace gantry::vm::agent {

/// Makes this machine the one that is described, the clock before anything else. One part's failure
/// keeps no other from being set.
std::vector<Failure> assume(const Identity& identity);

}  // namespace gantry::vm::agent

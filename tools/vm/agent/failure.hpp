#pragma once

#include <cerrno>
#include <cstring>
#include <string>

#include "vm/agent_messages.hpp"

namespace gantry::vm::agent {

/// Of a system call: "cannot <action>: <strerror(code)>".
inline Failure failure_of(const std::string& action, int code = errno) {
  return {"cannot " + action + ": " + std::strerror(code), static_cast<std::uint32_t>(code)};
}

}  // namespace gantry::vm::agent

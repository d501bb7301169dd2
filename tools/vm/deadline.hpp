#pragma once

#include <chrono>

namespace gantry::vm {

/// The time at which a wait gives up.
using Deadline = std::chrono::steady_clock::time_point;

inline Deadline after(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace gantry::vm

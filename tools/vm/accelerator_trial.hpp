#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/accelerator.hpp"

namespace gantry::vm {

struct Accelerator {
  std::string name;  ///< "kvm" or "tcg"
  std::string cpu;   ///< the model that it is to show
};

/// The guest that the probe runs, and for how long.
struct TrialGuest {
  std::string architecture;
  std::span<const std::byte> kernel;   ///< an ELF file
  std::string qemu;                    ///< the program
  std::string machine;                 ///< versioned
  std::chrono::milliseconds limit;     ///< for the first guest to end, and for the others if it has
  std::chrono::milliseconds patience;  ///< more time, if none has
};

/// What came of running it under each of these accelerators, in their order.
struct TrialOutcome {
  std::vector<Trial> trials;
  bool in_time = false;  ///< one was found usable within the limit
};

/// Runs it under all of them at the same time. An Error: the probe kernel could not be passed on,
/// or a signal told us to stop.
base::Result<TrialOutcome> run_trials(const TrialGuest& guest,
                                      const std::vector<Accelerator>& accelerators);

}  // namespace gantry::vm

#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "state/state.hpp"

namespace gantry::cli {

/// What a run begins with, and where it leaves what it ends with.
struct DeviceOptions {
  std::string device;      ///< a description's file, or the name of a profile
  std::string state;       ///< a file; empty: a fresh device
  std::string save_state;  ///< empty: nowhere
};

void add_device_options(CLI::App& command, DeviceOptions& options);

/// The device of a state, or a fresh one in the state of a fill option (see filled_device()).
base::Result<state::Opened> make_device(const DeviceOptions& options, const std::string& fill_kind,
                                        std::uint64_t seed);

/// Writes the state that a run has ended with, if that was asked for.
base::Result<void> save_state(const DeviceOptions& options, state::Opened& opened);

}  // namespace gantry::cli

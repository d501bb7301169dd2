#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "vm/checkpoint_unpack.hpp"
#include "vm/platform.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

constexpr unsigned kSmokeTime = 300;  // seconds of a script, if nobody says otherwise

/// What is asked of a checkpoint that has been published, before a tag names it.
struct SmokeTest {
  std::string reference;  ///< of what was published, by digest
  /// Brings it from there into a store.
  std::function<base::Result<UnpackedCheckpoint>(const Store& store)> bring;
  std::string script;                        ///< of the shell
  std::chrono::seconds timeout{kSmokeTime};  ///< of the script; 0: none
  double timeout_factor = 1;                 ///< how much longer guests take here
};

/// Brings a published checkpoint into a store of its own, goes on from there in a clone, and runs
/// the script beside it (sh -e), with the guest's ports as `gantry vm run` has them. What the
/// script says goes to the standard error. An Error: it does not come, does not go on, or the
/// script fails.
base::Result<void> run_smoke_test(const SmokeTest& test, const Platform& platform);

/// The option --timeout, of the script, which sets the seconds.
CLI::Option* add_smoke_timeout(CLI::App& command, unsigned& seconds);

}  // namespace gantry::vm

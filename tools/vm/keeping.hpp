#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "vm/checkpoint.hpp"
#include "vm/machine.hpp"
#include "vm/stage.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

/// Saves a machine as it is, but for its shares, for somebody to look into: kept/NAME.checkpoint of
/// the store, which this returns, names it then, in place of the one before. The machine has ended.
base::Result<std::filesystem::path> keep(Stage& stage, Checkpoint checkpoint, const Store& store);

/// What to type to look around in a machine that was kept.
std::string how_to_look(const std::filesystem::path& kept, const Store& store);

/// Keeps a machine in which something went wrong. Returns the error, which says how to look; if it
/// could not be kept, why not.
base::Error keep_failed(Stage& stage, Checkpoint checkpoint, const Store& store, base::Error error);

/// Of a checkpoint that was saved and does not go on: leaves its files where a person can look at
/// them, in place of those of the last one, and says in the Error where.
base::Error keep_unverified(base::TempDir work, const std::string& name, const Store& store,
                            base::Error error);

}  // namespace gantry::vm

#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "vm/checkpoint.hpp"
#include "vm/machine.hpp"
#include "vm/platform.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

/// What a command line says of a checkpoint.
struct CheckpointOptions {
  std::string file;   ///< that names its key
  std::string store;  ///< empty: the directory "vm" beside that of the file, as in build trees
};

void add_checkpoint_options(CLI::App& command, CheckpointOptions& options);

struct StoredCheckpoint {
  Store store;
  Checkpoint checkpoint;
};

/// Whether or not it goes on from here.
base::Result<StoredCheckpoint> find_checkpoint(const CheckpointOptions& options);

struct OpenedCheckpoint {
  Store store;
  Checkpoint checkpoint;
  SavedState state;
  Platform platform;          ///< that runs it here
  double timeout_factor = 1;  ///< how much longer guests take here
};

base::Result<OpenedCheckpoint> open_checkpoint(const CheckpointOptions& options);

}  // namespace gantry::vm

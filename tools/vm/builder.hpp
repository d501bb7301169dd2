#pragma once

#include <string>

#include "base/result.hpp"
#include "vm/checkpoint.hpp"
#include "vm/checkpoint_spec.hpp"
#include "vm/platform.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

struct BuildOptions {
  double timeout_factor = 1;
};

struct Built {
  Checkpoint checkpoint;
  bool cached = false;  ///< it was there
};

/// Makes the checkpoint of a spec: boots its guest under libvirt, or goes on from the parent's
/// checkpoint; waits until it is ready, does the steps, and saves it.
base::Result<Built> build_checkpoint(const CheckpointSpec& spec, const Platform& platform,
                                     const Store& store, const BuildOptions& options);

}  // namespace gantry::vm

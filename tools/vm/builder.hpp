#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "vm/checkpoint.hpp"
#include "vm/checkpoint_spec.hpp"
#include "vm/platform.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

struct BuildOptions {
  double timeout_factor = 1;
  bool renew = false;  ///< make it although it is there: whoever asks for it then gets the new one
  std::function<void(std::string_view)> progress = {};  ///< gets text for a person, if set
  /// Looks elsewhere for the checkpoint of a key: true if the store has it now. May be unset.
  std::function<bool(const std::string& key)> fetch = {};
  /// Told of one that was built. May be unset.
  std::function<void(const Checkpoint& checkpoint)> keep = {};
  std::chrono::seconds room_patience{0};  ///< how long a guest waits, stopped, for room to be saved
  std::string libvirt = {};  ///< URI of the daemon that boots guests; empty: none is needed
};

struct Built {
  Checkpoint checkpoint;
  bool cached = false;                 ///< it was there
  bool fetched = false;                ///< it was elsewhere
  std::chrono::microseconds pause{0};  ///< for which the guest stood still to be saved
};

/// The architecture of the guest of a spec: whose accelerator is needed to build it.
base::Result<std::string> architecture_of(const CheckpointSpec& spec, const Store& store);

/// Makes the checkpoint of a spec: boots its guest under libvirt, or goes on from the parent's
/// checkpoint; waits until it is ready, does the steps, and saves it.
base::Result<Built> build_checkpoint(const CheckpointSpec& spec, const Platform& platform,
                                     const Store& store, const BuildOptions& options);

}  // namespace gantry::vm

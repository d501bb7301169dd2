#pragma once

#include <string>

#include "base/result.hpp"
#include "vm/checkpoint_spec.hpp"
#include "vm/guest.hpp"
#include "vm/platform.hpp"

namespace gantry::vm {

/// The key of the checkpoint that comes of booting guest (whose files are inputs of the store,
/// named by their digests) on platform, or of going on from parent, a key, by the spec's steps:
/// SHA-256, hexadecimal. What steps say is read here.
base::Result<std::string> checkpoint_key(const CheckpointSpec& spec, const Guest& guest,
                                         const Platform& platform, const std::string& parent);

}  // namespace gantry::vm

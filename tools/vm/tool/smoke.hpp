#pragma once

#include <string>

#include "base/result.hpp"
#include "registry/client.hpp"
#include "registry/reference.hpp"
#include "vm/platform.hpp"

namespace gantry::vm {

/// Brings what a registry has under a digest into a store of its own, goes on from there in a
/// clone, and runs a shell script beside it, with the guest's ports as `gantry vm run` has them. An
/// Error: it does not come, does not go on, or the script fails.
base::Result<void> smoke_test(registry::Client& client, const registry::Reference& pushed,
                              const Platform& platform, const std::string& script);

}  // namespace gantry::vm

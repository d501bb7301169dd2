#pragma once

#include <memory>

#include "base/result.hpp"
#include "registry/client.hpp"

namespace gantry::vm {

/// For how long a registry that does not answer is asked again.
enum class Patience {
  kUsual,
  kShort,  ///< of what can be done without
};

/// With the credentials, certificates and exceptions from TLS that the environment has: see
/// docs/registry.md.
base::Result<std::unique_ptr<registry::Client>> make_registry_client(Patience patience);

/// On standard error.
void print_warning(const base::Error& error);

}  // namespace gantry::vm

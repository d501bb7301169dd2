#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// The socket of a TPM in the directory of a run.
std::filesystem::path tpm_socket(const std::filesystem::path& directory);

/// A TPM 2.0 for one machine: swtpm, which listens on the socket when this returns, and knows
/// nothing yet. What a machine's TPM knows is in the state of its devices, and comes with that.
base::Result<Process> start_tpm(const std::filesystem::path& directory);

}  // namespace gantry::vm

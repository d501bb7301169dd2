#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// As resume(), but a daemon of libvirt (libvirt_daemon_at) starts the machine and shows it to
/// others, and its memory is a copy. An Error if what libvirt makes of it is another machine than
/// the one that was saved.
base::Result<Machine> resume_under_libvirt(const std::string& uri, const SavedState& state,
                                           const std::filesystem::path& directory);

}  // namespace gantry::vm

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "vm/deadline.hpp"

namespace gantry::vm {

/// The program of this name or path; an Error names the package of Debian that has it.
base::Result<std::filesystem::path> find_qemu(const std::string& name, std::string_view package);

/// Asks it: "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)".
base::Result<std::string> version_of(const std::string& qemu, Deadline deadline);

/// Asks it which versioned machine an alias stands for: "pc-q35-7.2" for q35.
base::Result<std::string> newest_machine(const std::string& qemu, std::string_view alias,
                                         Deadline deadline);

}  // namespace gantry::vm

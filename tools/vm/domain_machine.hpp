#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "vm/domain_xml.hpp"
#include "vm/hypervisor.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// What the domain of a guest is called, which others of a daemon are not.
std::string domain_name(const std::string& guest, const std::filesystem::path& run_directory);

/// Makes a domain that libvirt has just started the machine, which ends with it from now on: its
/// process, memory, hardware, monitor and console. An Error if it runs elsewhere.
base::Result<void> take_over(Machine& machine, const Domain& domain, const HostFiles& host,
                             const std::filesystem::path& console_log,
                             Console::Logger logger = Console::Logger::kThis);

}  // namespace gantry::vm

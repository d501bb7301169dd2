#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/result.hpp"
#include "vm/guest.hpp"

namespace gantry::vm {

/// A machine that runs here, as its run directory tells of it. It ends with its owner, the process
/// that holds the lock of that directory.
struct Instance {
  std::string name;
  std::string checkpoint;  ///< the name of the one that it goes on from, or that it becomes
  std::string purpose;     ///< the command that runs it: "build", "run", "start", "explore"
  pid_t owner = 0;
  pid_t qemu = 0;
  std::vector<PortForward> ports;
  std::filesystem::path directory;  ///< with the sockets: monitor, console, agent
};

/// Writes it into its directory, where instances() finds it.
base::Result<void> announce(const Instance& instance);

/// Those that run, by name.
base::Result<std::vector<Instance>> instances();

/// An Error that names those that run if there is none, or more than one, of this name. The last
/// part of its directory's name is one, too.
base::Result<Instance> instance_named(std::string_view name);

/// Has its owner end it, and waits until it is gone.
base::Result<void> stop(const Instance& instance);

/// "22 at 127.0.0.1:40213, 80 at 127.0.0.1:33017"; empty without ports.
std::string describe_ports(const std::vector<PortForward>& ports);

}  // namespace gantry::vm

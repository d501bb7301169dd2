#include "vm/platform.hpp"

#include <fmt/format.h>

namespace gantry::vm {

std::string key_part(const Platform& platform) {
  return fmt::format("accelerator={}\nmachine={}\ncpu={}\ncpu-vendor={}\nqemu={}\n",
                     platform.accelerator, platform.machine, platform.cpu, platform.cpu_vendor,
                     platform.qemu_version);
}

}  // namespace gantry::vm

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace gantry::vm {

/// The ELF file that probe_kernel_<architecture>.S was built to, for QEMU's -kernel. Empty if the
/// compiler for that architecture was not there when Gantry was built.
std::span<const std::byte> probe_kernel(std::string_view architecture);

}  // namespace gantry::vm

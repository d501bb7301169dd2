#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gantry::base {

/// Bytes that this process can take of the machine's memory and swap, as far as the system says: no
/// more than its control group and its limit of address space let it.
std::uint64_t available_memory();

/// MemAvailable and SwapFree of a text like /proc/meminfo; null: it does not say.
std::optional<std::uint64_t> available_in(std::string_view meminfo);

}  // namespace gantry::base

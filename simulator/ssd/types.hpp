#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace gantry::ssd {

/// Simulated time, and spans of it. Time starts at 0.
using Nanos = std::chrono::duration<std::int64_t, std::nano>;

inline constexpr Nanos kNever{std::numeric_limits<std::int64_t>::max()};

/// Number of a logical page: what the host addresses, in units of the mapping (4 KiB, say).
enum class Lpn : std::uint32_t {};

/// Place of a logical page in flash. A flash page has one slot or more.
enum class Slot : std::uint32_t {};

/// Number of a block (what is erased at once) in the whole device.
enum class BlockId : std::uint32_t {};

/// Number of a plane in the whole device.
enum class PlaneId : std::uint32_t {};

/// Number of a die in the whole device.
enum class DieId : std::uint32_t {};

enum class ChannelId : std::uint32_t {};

template <class Id>
constexpr std::uint32_t index(Id id) {
  return static_cast<std::uint32_t>(id);
}

inline constexpr Lpn kNoLpn{0xffffffff};
inline constexpr Slot kNoSlot{0xffffffff};
inline constexpr BlockId kNoBlock{0xffffffff};

}  // namespace gantry::ssd

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace gantry::state {

/// Blocks of an array that follow each other.
struct Run {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// The blocks that are not all zeros. The last one may be short.
std::vector<Run> runs_of_data(std::span<const std::byte> array);

}  // namespace gantry::state

#include "state/blocks.hpp"

#include <algorithm>
#include <cstring>

#include "state/header.hpp"

namespace gantry::state {

namespace {

bool is_zero(std::span<const std::byte> block) {
  // What is not zero is so near its begin most times; the rest goes as fast as memory.
  return block.front() == std::byte{0} &&
         std::memcmp(block.data(), block.data() + 1, block.size() - 1) == 0;
}

}  // namespace

std::vector<Run> runs_of_data(std::span<const std::byte> array) {
  std::vector<Run> runs;
  std::uint64_t at = 0;
  for (; !array.empty(); array = array.subspan(std::min(kBlock, array.size())), ++at) {
    if (is_zero(array.first(std::min(kBlock, array.size())))) {
      continue;
    }
    if (!runs.empty() && runs.back().first + runs.back().count == at) {
      ++runs.back().count;
    } else {
      runs.push_back({at, 1});
    }
  }
  return runs;
}

}  // namespace gantry::state

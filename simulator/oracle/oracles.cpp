#include "oracle/oracles.hpp"

#include <algorithm>
#include <cmath>

namespace gantry::oracle {
namespace {

constexpr Oracle kOracles[] = {
    {"arithmetic", "Times by arithmetic", arithmetic},
    {"waits", "Waits", waits},
    {"order", "Dies that share channels", exact_order},
    {"book", "Dies that share channels, by the book", by_the_book},
    {"mqsim", "MQSim", mqsim},
    {"greedy", "Write amplification: greedy", greedy},
    {"fifo", "Write amplification: first in, first out", first_in_first_out},
    {"random", "Write amplification: any block", any_block},
    {"choices", "Write amplification: d-choices", choices},
    {"mixed", "Write amplification: hot and cold in the same blocks", mixed},
    {"separated", "Write amplification: hot and cold apart", separated},
    {"trims", "Write amplification: with trims", trims},
};

}  // namespace

double Row::difference() const {
  const auto known = std::clamp(simulated, std::min(low, high), std::max(low, high));
  if (known == 0) {
    return simulated;
  }
  return simulated / known - 1;
}

bool Row::holds() const {
  return std::abs(difference()) <= tolerance;
}

std::span<const Oracle> oracles() {
  return kOracles;
}

}  // namespace gantry::oracle

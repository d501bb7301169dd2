#pragma once

#include <cstdint>

namespace gantry::oracle {

struct BookFigures {
  double per_second = 0;
  double mean = 0;  ///< latency in ns
  double p99 = 0;   ///< latency in ns, of all latencies in their order
};

/// Random reads of pages of reference_device() with so many outstanding, simulated a second time in
/// the plainest way: one heap of events, queues of the standard library, every latency kept. It
/// shares nothing with the simulator but the random numbers' generator.
BookFigures read_by_the_book(std::uint32_t depth, std::size_t reads, std::uint64_t seed);

}  // namespace gantry::oracle

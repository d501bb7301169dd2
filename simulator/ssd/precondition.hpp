#pragma once

#include <cstdint>

#include "ssd/device.hpp"

namespace gantry::ssd {

/// Both put a device that nothing has been done with into the state that it would be in after a
/// history, at once: the time of each is that of a few memory accesses for each page. No time
/// passes, nothing is counted, no block is worn.

/// All logical pages have been written once, in their order.
void fill_in_order(Device& device);

/// All logical pages have been written at random, whole flash pages at a time, until the device was
/// in a steady state. Each plane has the room that collection keeps and some of what it makes ahead
/// on idle dies; how much, depends on the load, and settles soon. How many slots of each block
/// are valid is drawn from the fixed point of the policy (see theory.hpp; for cost-benefit, which
/// has none, from that of FIFO), and which ones, and where each page is, at random. The same seed
/// gives the same state.
void fill_at_random(Device& device, std::uint64_t seed);

}  // namespace gantry::ssd

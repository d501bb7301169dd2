#pragma once

#include "ssd/parameters.hpp"

namespace gantry::oracle {

/// 8 GiB raw, 8 channels with 4 dies each, 4 KiB pages, 256 of them a block; 50 us to read a page,
/// 600 us to program it, 3 ms to erase a block, 290 ns for a command, 8.192 us for a page on the
/// channel and 1.33 us on the link. First come, first served.
ssd::Parameters reference_device();

}  // namespace gantry::oracle

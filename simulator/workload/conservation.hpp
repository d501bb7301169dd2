#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "ssd/device.hpp"

namespace gantry::workload {

/// What a device's blocks hold, summed up from the blocks themselves.
struct Holdings {
  std::uint64_t valid = 0;         ///< slots
  std::uint64_t full_blocks = 0;   ///< closed ones, and those being emptied
  std::uint64_t open_blocks = 0;   ///< being filled
  std::uint64_t erases = 0;        ///< of all blocks
  std::uint32_t least_erases = 0;  ///< of a block
  std::uint32_t most_erases = 0;
};

Holdings take_stock(const ssd::Device& device);

/// What there was at the begin of a run.
struct Before {
  ssd::FlashCounters counters;
  Holdings holdings;
};

/// Checks at the end of a run that nothing was lost and nothing came from nowhere: every command
/// that was generated was serviced; the blocks hold as many valid slots as there are logical pages
/// mapped; the blocks' erases are those that flash counted; pages that the host wrote and that
/// collection moved fit into the programs; and these are the pages of the blocks that were filled
/// since. The error names the law and both its sides.
base::Result<void> check_conservation(const ssd::Device& device, const Before& before,
                                      std::uint64_t generated, std::uint64_t serviced);

}  // namespace gantry::workload

#pragma once

#include "ssd/energy.hpp"
#include "ssd/flash.hpp"
#include "ssd/wide.hpp"

namespace gantry::workload {

/// Where a device's energy went, in picojoules, exactly.
struct EnergyReport {
  ssd::Wide reads = 0;
  ssd::Wide programs = 0;
  ssd::Wide erases = 0;
  ssd::Wide transfers = 0;
  ssd::Wide idle = 0;

  ssd::Wide total() const { return reads + programs + erases + transfers + idle; }
};

/// What flash has done in a time took so much.
EnergyReport energy_of(const ssd::Energy& energy, const ssd::FlashCounters& flash, ssd::Nanos time,
                       std::uint32_t mapping_bytes);

}  // namespace gantry::workload

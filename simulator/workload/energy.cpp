#include "workload/energy.hpp"

namespace gantry::workload {

EnergyReport energy_of(const ssd::Energy& energy, const ssd::FlashCounters& flash, ssd::Nanos time,
                       std::uint32_t mapping_bytes) {
  constexpr ssd::Wide kFemtojoules =
      1'000;  // in a picojoule; a microwatt gives one in a nanosecond
  return {.reads = ssd::Wide{energy.read} * (flash.reads + flash.collection_reads),
          .programs = ssd::Wide{energy.program} * flash.programs,
          .erases = ssd::Wide{energy.erase} * flash.erases,
          .transfers = ssd::Wide{energy.transfer} * flash.transferred_pages * mapping_bytes,
          .idle = ssd::Wide{energy.idle} * static_cast<std::uint64_t>(time.count()) / kFemtojoules};
}

}  // namespace gantry::workload

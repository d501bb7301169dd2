#include "ssd/memory.hpp"

#include <algorithm>
#include <limits>

#include "ssd/block_table.hpp"
#include "ssd/flash.hpp"
#include "ssd/wide.hpp"
#include "ssd/write_buffer.hpp"

namespace gantry::ssd {

namespace {

std::uint64_t bounded(Wide bytes) {
  return static_cast<std::uint64_t>(
      std::min<Wide>(bytes, std::numeric_limits<std::uint64_t>::max()));
}

}  // namespace

std::vector<MemoryPart> memory_parts(const Parameters& parameters) {
  const auto& geometry = parameters.geometry;
  const Wide planes = geometry.planes();
  const Wide slots = geometry.slots();
  const Wide blocks = geometry.blocks();
  // Of a die its state, two nodes of the tree of events and a page of lists; of a plane the books
  // of translation and of collection.
  constexpr Wide kDie = 256;
  constexpr Wide kPlane = 160;
  constexpr Wide kFrontier = 8;
  constexpr Wide kEntry = sizeof(WriteBuffer::Page) + 4 * sizeof(WriteBuffer::Entry);
  const Wide lists = parameters.collection.victims == VictimPolicy::kGreedy
                         ? planes * (Wide{geometry.slots_per_block()} + 1) * sizeof(BlockList)
                         : Wide{0};
  const Wide map = Wide{parameters.logical_pages} * sizeof(Lpn) + slots * sizeof(Slot) + slots / 8;
  return {
      {"the map of its pages", "a larger /geometry/mapping_unit", 0, bounded(map)},
      {"its blocks", "a larger /geometry/pages_per_block", 0, bounded(blocks * sizeof(Block))},
      {"its dies and planes", "a smaller /geometry/planes_per_die",
       bounded(geometry.dies() * kDie +
               planes * (kPlane + kFrontier * (parameters.collection.generations + 1) +
                         Wide{geometry.slots_per_page()} * sizeof(Slot))),
       0},
      {"lists of blocks by their valid pages", "a smaller /geometry/pages_per_block",
       bounded(lists), 0},
      {"its write buffer", "a smaller /write_buffer/size",
       bounded(kEntry * parameters.buffer.pages), 0},
  };
}

}  // namespace gantry::ssd

#include "ssd/translation_builder.hpp"

namespace gantry::ssd {

void TranslationBuilder::set_plane(PlaneId plane, const SteadyPlane& state, Random& random) {
  auto& blocks = books_.blocks_;
  auto& entry = books_.planes_[index(plane)];
  auto at = blocks.first_of(plane);
  for (const auto valid : state.valid) {
    const BlockId block{at++};
    blocks[block].valid = valid;
    // Each collection that data can survive, it does with the probability 1 - 1 / A.
    while (blocks[block].generation + 1U < books_.frontiers_ &&
           random.unit() * state.amplification >= 1) {
      ++blocks[block].generation;
    }
    books_.close(plane, block);
    entry.live += valid;
  }
  for (std::uint32_t frontier = 0; frontier < books_.frontiers_; ++frontier) {
    const BlockId block{at++};
    const auto written = state.frontiers[frontier];
    blocks[block].valid = state.in_frontiers[frontier];
    blocks[block].state = BlockState::kOpen;
    blocks[block].generation = static_cast<std::uint8_t>(frontier);
    books_.frontier_[std::size_t{index(plane)} * books_.frontiers_ + frontier] = {block, written};
    entry.live += blocks[block].valid;
  }
  entry.free = blocks.first_of(plane) + blocks.per_plane() - at;
  entry.fresh = blocks.per_plane() - entry.free;
  entry.room = blocks.per_plane() * blocks.slots_per_block() - books_.written_slots(plane);
}

}  // namespace gantry::ssd

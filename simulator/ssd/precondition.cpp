#include "ssd/precondition.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "ssd/plane_order.hpp"
#include "ssd/random_bits.hpp"
#include "ssd/steady_state.hpp"
#include "ssd/translation_builder.hpp"

namespace gantry::ssd {
namespace {

/// So many pages' entries of the map stay in a cache, while they are put in a random order.
constexpr std::uint32_t kTile = 1U << 16;
/// Pages whose entries share a line of the cache.
constexpr std::uint32_t kLine = 16;

/// All numbers below a limit in a scrambled order, without a table.
class Permutation {
 public:
  Permutation(std::uint32_t limit, Random& random)
      : limit_(limit), bits_(std::max<std::uint32_t>(2, std::bit_width(limit))) {
    for (auto& factor : factors_) {
      factor = static_cast<std::uint32_t>(random.next()) | 1U;
    }
    offset_ = static_cast<std::uint32_t>(random.next());
  }

  std::uint32_t operator()(std::uint32_t at) const {
    const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << bits_) - 1);
    do {  // each step is one to one below a power of 2, so it comes back below the limit
      at = (at + offset_) & mask;
      for (const auto factor : factors_) {
        at = (at * factor) & mask;
        at ^= at >> (bits_ / 2);
      }
    } while (at >= limit_);
    return at;
  }

 private:
  std::uint32_t limit_;
  std::uint32_t bits_;
  std::uint32_t factors_[3] = {};
  std::uint32_t offset_ = 0;
};

/// A random choice of so many of a block's slots.
class SlotChoice {
 public:
  void choose(std::uint32_t count, std::uint32_t slots, Random& random) {
    words_.assign((slots + 63) / 64, 0);
    word_ = 0;
    // Each bit with about the right probability, 64 at once; then random ones are corrected. All
    // choices stay equally likely.
    const auto share = static_cast<std::uint32_t>((std::uint64_t{count} << 16) / slots);
    std::uint32_t chosen = 0;
    for (std::size_t at = 0; at < words_.size(); ++at) {
      words_[at] = random_bits(share, random) & below(slots - static_cast<std::uint32_t>(at) * 64);
      chosen += static_cast<std::uint32_t>(std::popcount(words_[at]));
    }
    while (chosen != count) {
      const auto slot = random.below(slots);
      auto& word = words_[slot / 64];
      const auto bit = std::uint64_t{1} << (slot % 64);
      const bool is_more = chosen < count;
      if (((word & bit) == 0) == is_more) {
        word ^= bit;
        chosen += is_more ? 1U : ~0U;
      }
    }
  }

  void choose_first(std::uint32_t count) {
    words_.assign((count + 63) / 64, 0);
    word_ = 0;
    for (std::size_t at = 0; at < words_.size(); ++at) {
      words_[at] = below(count - static_cast<std::uint32_t>(at) * 64);
    }
  }

  /// The next of them, in their order.
  std::uint32_t next() {
    while (words_[word_] == 0) {
      ++word_;
    }
    const auto bit = static_cast<std::uint32_t>(std::countr_zero(words_[word_]));
    words_[word_] &= words_[word_] - 1;
    return static_cast<std::uint32_t>(word_) * 64 + bit;
  }

 private:
  static std::uint64_t below(std::uint32_t bits) {
    return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  }

  std::vector<std::uint64_t> words_;
  std::size_t word_ = 0;
};

/// The slots of a plane that are to be bound, one after the other.
class PlaneCursor {
 public:
  PlaneCursor(BlockId first, const SteadyPlane& plane, std::uint32_t slots)
      : next_block_(index(first)), slots_(slots), frontiers_(plane.frontiers.size()) {
    counts_ = plane.valid;
    counts_.insert(counts_.end(), plane.frontiers.begin(), plane.frontiers.end());
  }

  Slot next(const AddressMap& addresses, Random& random) {
    while (left_ == 0) {
      const auto count = counts_[at_++];
      if (at_ + frontiers_ > counts_.size()) {
        choice_.choose_first(count);
      } else {
        choice_.choose(count, slots_, random);
      }
      left_ = count;
      first_ = addresses.slot_of(BlockId{next_block_++}, 0);
    }
    --left_;
    return Slot{index(first_) + choice_.next()};
  }

 private:
  std::vector<std::uint32_t> counts_;
  std::uint32_t next_block_;
  std::uint32_t slots_;
  std::size_t frontiers_;
  std::size_t at_ = 0;
  std::uint32_t left_ = 0;
  Slot first_ = kNoSlot;
  SlotChoice choice_;
};

/// The pages whose entries are in the lines that come next in a scrambled order, shuffled.
void gather_tile(const Permutation& lines, std::uint32_t first_line, std::uint32_t line_count,
                 std::uint32_t pages, Random& random, std::vector<Lpn>& tile) {
  tile.clear();
  const auto end = std::min(line_count, first_line + kTile / kLine);
  for (auto line = first_line; line < end; ++line) {
    const auto first = lines(line) * kLine;
    for (auto lpn = first; lpn < std::min(pages, first + kLine); ++lpn) {
      tile.push_back(Lpn{lpn});
    }
  }
  for (auto left = static_cast<std::uint32_t>(tile.size()); left > 1; --left) {
    std::swap(tile[left - 1], tile[random.below(left)]);
  }
}

std::uint32_t place_of(const Parameters& parameters, Lpn lpn) {
  return index(lpn) / parameters.geometry.slots_per_page() % parameters.geometry.planes();
}

/// How many pages each plane is to hold, by its place in the order.
std::vector<std::uint32_t> shares(const Parameters& parameters) {
  const auto planes = parameters.geometry.planes();
  const auto unit =
      parameters.allocation == WriteAllocation::kStatic ? parameters.geometry.slots_per_page() : 1U;
  std::vector<std::uint32_t> live(planes, parameters.logical_pages / (unit * planes) * unit);
  auto rest = parameters.logical_pages % (unit * planes);
  for (std::uint32_t place = 0; rest > 0; ++place) {
    live[place] += std::min(unit, rest);
    rest -= std::min(unit, rest);
  }
  return live;
}

}  // namespace

void fill_in_order(Device& device) {
  const auto& parameters = device.parameters();
  auto& translation = device.flash().translation();
  const auto order = plane_order(parameters.geometry, parameters.plane_order);
  const auto per_page = parameters.geometry.slots_per_page();
  std::size_t place = 0;
  for (std::uint32_t lpn = 0; lpn < parameters.logical_pages;) {
    auto slot = index(
        translation.open_page(order[place], Translation::kHostFrontier, Translation::For::kHost));
    const auto end = std::min(parameters.logical_pages, lpn + per_page);
    for (; lpn < end; ++lpn, ++slot) {
      translation.bind(Lpn{lpn}, Slot{slot});
    }
    place = place + 1 == order.size() ? 0 : place + 1;
  }
}

void fill_at_random(Device& device, std::uint64_t seed) {
  const auto& parameters = device.parameters();
  const auto& geometry = parameters.geometry;
  Random random(seed);
  const auto order = plane_order(geometry, parameters.plane_order);
  const auto live = shares(parameters);
  SteadyState steady(parameters);
  TranslationBuilder builder(device.flash().translation());
  std::vector<PlaneCursor> cursors;
  // The planes' phases are spread evenly, but in no order.
  std::vector<std::uint32_t> phases(order.size());
  std::iota(phases.begin(), phases.end(), 0);
  for (std::size_t place = 0; place < order.size(); ++place) {
    std::swap(phases[place],
              phases[place + random.below(static_cast<std::uint32_t>(order.size() - place))]);
    const auto phase = (phases[place] + random.unit()) / static_cast<double>(order.size());
    const auto plane = steady.draw(live[place], phase, random);
    builder.set_plane(order[place], plane, random);
    cursors.emplace_back(device.flash().translation().addresses().first_block(order[place]), plane,
                         geometry.slots_per_block());
  }
  const auto pages = parameters.logical_pages;
  const auto line_count = (pages + kLine - 1) / kLine;
  const Permutation lines(line_count, random);
  const auto& addresses = device.flash().translation().addresses();
  const bool is_static = parameters.allocation == WriteAllocation::kStatic;
  std::vector<Lpn> tile;
  std::uint32_t turn = 0;
  for (std::uint32_t line = 0; line < line_count; line += kTile / kLine) {
    gather_tile(lines, line, line_count, pages, random, tile);
    for (const auto lpn : tile) {
      const auto place = is_static ? place_of(parameters, lpn) : turn;
      turn = turn + 1 == cursors.size() ? 0 : turn + 1;
      builder.bind(lpn, cursors[place].next(addresses, random));
    }
  }
}

}  // namespace gantry::ssd

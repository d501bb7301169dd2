#include "ssd/precondition.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "ssd/divisor.hpp"
#include "ssd/plane_filler.hpp"
#include "ssd/plane_order.hpp"
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

/// All logical pages in a random order, in tiles, and of each tile those that each plane gets.
class Tiles {
 public:
  Tiles(const Parameters& parameters, Random& random)
      : parameters_(parameters),
        lines_((parameters.logical_pages + kLine - 1) / kLine),
        per_page_(parameters.geometry.slots_per_page()),
        planes_(parameters.geometry.planes()),
        scrambled_(lines_, random),
        begins_(parameters.geometry.planes() + 1) {}

  /// False: there was no other tile.
  bool next(const TranslationBuilder& books, Random& random) {
    if (line_ == lines_) {
      return false;
    }
    gather(books);
    if (parameters_.allocation == WriteAllocation::kStatic) {
      sort_by_place();
      for (std::size_t place = 0; place + 1 < begins_.size(); ++place) {
        shuffle(std::span(tile_).subspan(begins_[place], begins_[place + 1] - begins_[place]),
                random);
      }
    } else {
      shuffle(tile_, random);
      deal();
    }
    return true;
  }

  std::span<const Lpn> of(std::size_t place) const {
    return std::span(tile_).subspan(begins_[place], begins_[place + 1] - begins_[place]);
  }

 private:
  void gather(const TranslationBuilder& books) {
    tile_.clear();
    const auto end = std::min(lines_, line_ + kTile / kLine);
    for (; line_ < end; ++line_) {
      const auto first = scrambled_(line_) * kLine;
      books.expect(Lpn{first});
      for (auto lpn = first; lpn < std::min(parameters_.logical_pages, first + kLine); ++lpn) {
        tile_.push_back(Lpn{lpn});
      }
    }
  }

  /// Where static allocation puts a page.
  std::uint32_t place_of(Lpn lpn) const {
    return planes_.remainder(per_page_.quotient(index(lpn)));
  }

  void sort_by_place() {
    std::fill(begins_.begin(), begins_.end(), 0);
    for (const auto lpn : tile_) {
      ++begins_[place_of(lpn) + 1];
    }
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    auto next = begins_;
    sorted_.resize(tile_.size());
    for (const auto lpn : tile_) {
      sorted_[next[place_of(lpn)]++] = lpn;
    }
    tile_.swap(sorted_);
  }

  /// As if each plane got the next page in turn.
  void deal() {
    const auto planes = begins_.size() - 1;
    for (std::size_t place = 0; place < planes; ++place) {
      const auto turn = (place + planes - dealt_ % planes) % planes;
      const auto share = turn < tile_.size() ? (tile_.size() - turn - 1) / planes + 1 : 0;
      begins_[place + 1] = begins_[place] + share;
    }
    dealt_ += tile_.size();
  }

  static void shuffle(std::span<Lpn> pages, Random& random) {
    for (auto left = static_cast<std::uint32_t>(pages.size()); left > 1; --left) {
      std::swap(pages[left - 1], pages[random.below(left)]);
    }
  }

  const Parameters& parameters_;
  std::uint32_t lines_;
  std::uint32_t line_ = 0;  // in its scrambled order
  Divisor per_page_;
  Divisor planes_;
  Permutation scrambled_;
  std::vector<std::size_t> begins_;  // in tile_, of each place, and its end
  std::size_t dealt_ = 0;
  std::vector<Lpn> tile_;
  std::vector<Lpn> sorted_;
};

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
  std::vector<PlaneFiller> fillers;
  // The planes' phases are spread evenly, but in no order.
  std::vector<std::uint32_t> phases(order.size());
  std::iota(phases.begin(), phases.end(), 0);
  for (std::size_t place = 0; place < order.size(); ++place) {
    std::swap(phases[place],
              phases[place + random.below(static_cast<std::uint32_t>(order.size() - place))]);
    const auto phase = (phases[place] + random.unit()) / static_cast<double>(order.size());
    const auto plane = steady.draw(live[place], phase, random);
    builder.set_plane(order[place], plane, random);
    fillers.emplace_back(builder,
                         device.flash().translation().addresses().first_block(order[place]), plane,
                         geometry.slots_per_block());
  }
  Tiles tiles(parameters, random);
  while (tiles.next(builder, random)) {
    for (std::size_t place = 0; place < order.size(); ++place) {
      fillers[place].put(tiles.of(place), random);
    }
  }
}

}  // namespace gantry::ssd

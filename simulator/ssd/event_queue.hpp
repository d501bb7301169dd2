#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ssd/types.hpp"

namespace gantry::ssd {

/// What happens next: a fixed number of sources, each with one event at most. Of events at the same
/// time that of the source with the lowest number comes first, so that the order is total. A
/// tournament tree: setting a time costs one comparison per level, without a search or an
/// allocation.
class EventQueue {
 public:
  struct Event {
    Nanos time = kNever;
    std::uint32_t source = 0;
  };

  explicit EventQueue(std::uint32_t sources)
      : leaves_(std::bit_ceil(sources < 2 ? 2 : sources)), nodes_(std::size_t{2} * leaves_) {
    for (std::uint32_t source = 0; source < leaves_; ++source) {
      nodes_[leaves_ + source].source = source;
    }
    for (auto node = leaves_ - 1; node > 0; --node) {
      nodes_[node] = nodes_[std::size_t{2} * node];
    }
  }

  const Event& next() const { return nodes_[1]; }
  Nanos time_of(std::uint32_t source) const { return nodes_[leaves_ + source].time; }

  /// Replaces the event of a source; kNever: it has none.
  void set(std::uint32_t source, Nanos time) {
    auto* const nodes = nodes_.data();
    std::size_t node = leaves_ + source;
    nodes[node].time = time;
    auto ticks = ticks_of(time);
    do {
      // The left one of two wins at equal times. By masks, since compilers make branches of
      // choices, and nothing could predict these: that is a third of all time.
      const auto& other = nodes[node ^ 1U];
      const auto other_ticks = ticks_of(other.time);
      const auto loses = std::uint64_t{other_ticks < ticks + (node & 1U)};
      ticks ^= (ticks ^ other_ticks) & (0 - loses);
      source ^= (source ^ other.source) & static_cast<std::uint32_t>(0 - loses);
      node /= 2;
      nodes[node].time = Nanos{static_cast<std::int64_t>(ticks)};
      nodes[node].source = source;
    } while (node > 1);
  }

 private:
  static std::uint64_t ticks_of(Nanos time) { return static_cast<std::uint64_t>(time.count()); }

  std::uint32_t leaves_;
  std::vector<Event> nodes_;  // the root is 1, the children of n are 2n and 2n + 1
};

}  // namespace gantry::ssd

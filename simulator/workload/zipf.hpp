#pragma once

#include <cstdint>
#include <vector>

#include "ssd/random.hpp"

namespace gantry::workload {

/// Draws ranks from 1 to a number with a probability in proportion to rank^-exponent. Ranks are
/// grouped so that those of a group differ by at most 1/64; a group is drawn by Walker's alias
/// method with the probability that it had if all its ranks were as likely as its first one, then a
/// rank of it, which is taken with the probability that it has in relation to that first one; or
/// else all begins anew. So the distribution is exact but for the 2^-50 of the integers that it is
/// computed with, a draw takes constant time, and the tables have 64 entries for each power of two.
class Zipf {
 public:
  /// exponent_milli: thousandths, from 0 (uniform) on. ranks is not 0.
  Zipf(std::uint32_t ranks, std::uint32_t exponent_milli);

  std::uint32_t next(ssd::Random& random) const {
    for (;;) {
      const auto column = ssd::Wide{random.next()} * groups_.size();
      const auto* group = &groups_[static_cast<std::size_t>(column >> 64)];
      if (static_cast<std::uint64_t>(column) >= group->keep) {
        group = &groups_[group->alias];
      }
      if (group->ranks == 1) {
        return group->first;
      }
      const auto place = ssd::Wide{random.next()} * group->ranks;
      const auto rank = group->first + static_cast<std::uint32_t>(place >> 64);
      const auto chance = static_cast<std::uint64_t>(place) >> 1;
      if (chance < group->least || chance < relative(group->first, rank)) {
        return rank;
      }
    }
  }

 private:
  /// Of ranks that are nearly as likely as each other.
  struct Group {
    std::uint64_t keep = 0;   // chance not to take the alias; 1.0 is 2^64
    std::uint64_t least = 0;  // relative() of the last one
    std::uint32_t alias = 0;
    std::uint32_t first = 0;
    std::uint32_t ranks = 0;
  };

  /// How likely rank is in relation to first; 1.0 is 2^63.
  std::uint64_t relative(std::uint32_t first, std::uint32_t rank) const;
  void make_aliases(std::vector<ssd::Wide> weights);

  std::uint32_t exponent_milli_;
  std::vector<Group> groups_;
};

}  // namespace gantry::workload

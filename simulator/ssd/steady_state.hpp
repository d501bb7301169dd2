#pragma once

#include <cstdint>
#include <vector>

#include "ssd/parameters.hpp"
#include "ssd/random.hpp"
#include "ssd/theory.hpp"

namespace gantry::ssd {

/// A plane in the midst of random writes.
struct SteadyPlane {
  std::vector<std::uint32_t> valid;         ///< slots of each closed block, the oldest first
  std::vector<std::uint32_t> frontiers;     ///< slots written of each
  std::vector<std::uint32_t> in_frontiers;  ///< of these, the first ones, which are valid
  double amplification = 1;
};

/// Draws planes in the steady state of a policy, at a time when collection has made the room that
/// it keeps and some of what idle dies make ahead, and has chosen no next victim yet.
class SteadyState {
 public:
  explicit SteadyState(const Parameters& parameters);

  /// Pages programmed for each that the host writes.
  double amplification() const { return field_.amplification; }

  /// live: valid slots of the plane; phase: how far its host's frontier is, in [0, 1).
  SteadyPlane draw(std::uint32_t live, double phase, Random& random) const;

 private:
  std::uint32_t draw_room(SteadyPlane& plane, double phase, Random& random) const;
  void draw_by_age(SteadyPlane& plane, Random& random) const;
  void draw_by_rank(SteadyPlane& plane, Random& random) const;

  const Parameters& parameters_;
  double rho_;
  theory::MeanField field_;
};

}  // namespace gantry::ssd

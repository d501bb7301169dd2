#pragma once

#include <cstdint>
#include <vector>

#include "ssd/parameters.hpp"
#include "ssd/random.hpp"
#include "ssd/theory.hpp"

namespace gantry::ssd {

/// A plane in the midst of random writes.
struct SteadyPlane {
  std::vector<std::uint32_t> valid;      ///< slots of each closed block, the oldest first
  std::vector<std::uint32_t> frontiers;  ///< slots written of each
  double amplification = 1;
};

/// Draws planes in the steady state of a policy, at a time when the host writes and collection has
/// made room for that: one block is free.
class SteadyState {
 public:
  explicit SteadyState(const Parameters& parameters);

  /// live: valid slots of the plane; phase: how far its host's frontier is, in [0, 1).
  SteadyPlane draw(std::uint32_t live, double phase, Random& random) const;

 private:
  void draw_by_age(SteadyPlane& plane, Random& random) const;
  void draw_by_rank(SteadyPlane& plane, Random& random) const;

  const Parameters& parameters_;
  std::uint32_t closed_;  // blocks of a plane
  double rho_;
  theory::MeanField field_;
};

}  // namespace gantry::ssd

#pragma once

#include <cstdint>

#include "oracle/section.hpp"
#include "ssd/parameters.hpp"
#include "ssd/theory.hpp"

namespace gantry::oracle {

/// Of single pages, at random.
struct Overwrites {
  ssd::theory::HotCold traffic{0.5, 0.5};  ///< the first pages are hot
  double trims = 0;                        ///< share of the commands; each of a page that is there
  std::uint32_t warm_up = 1;               ///< commands before it is measured, in full devices
  std::uint32_t measured = 3;              ///< likewise
};

/// A die with so many pages a block, of which this share is to spare after what is held back.
ssd::Parameters one_die(double spare, std::uint32_t pages_per_block);

/// Pages programmed for each page that a host writes that never lets the device wait. Negative if a
/// law has been broken that holds in any run.
double amplification(const ssd::Parameters& parameters, const Overwrites& overwrites);

}  // namespace gantry::oracle

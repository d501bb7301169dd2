#pragma once

#include <array>
#include <vector>

#include "ssd/geometry.hpp"
#include "ssd/types.hpp"

namespace gantry::ssd {

/// All planes in the order in which pages are spread over them. order holds each of C (channel), W
/// (way: chip of a channel), D (die of a chip) and P (plane of a die) once; what stands first
/// changes with each page.
inline std::vector<PlaneId> plane_order(const Geometry& geometry,
                                        const std::array<char, 4>& order) {
  const auto extent = [&](char what) {
    return what == 'C'   ? geometry.channels
           : what == 'W' ? geometry.chips_per_channel
           : what == 'D' ? geometry.dies_per_chip
                         : geometry.planes_per_die;
  };
  // The weight of each in a plane's number, which runs in the order CWDP.
  const auto stride = [&](char what) {
    std::uint32_t product = 1;
    for (const char lower : {'C', 'W', 'D', 'P'}) {
      if (lower == what) {
        break;
      }
      product *= extent(lower);
    }
    return product;
  };
  std::vector<PlaneId> planes;
  for (std::uint32_t number = 0; number < geometry.planes(); ++number) {
    auto rest = number;
    std::uint32_t plane = 0;
    for (const char what : order) {
      plane += rest % extent(what) * stride(what);
      rest /= extent(what);
    }
    planes.push_back(PlaneId{plane});
  }
  return planes;
}

}  // namespace gantry::ssd

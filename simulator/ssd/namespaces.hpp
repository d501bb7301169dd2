#pragma once

#include <cstdint>
#include <string>

#include "ssd/types.hpp"

namespace gantry::ssd {

/// Logical pages [first, first + pages) of a device, which a host addresses from 0 on (NVMe base
/// specification 2.0, 3.2.1). The device itself knows all pages by one number: who talks to a host
/// adds first.
struct Namespace {
  std::string name;
  Lpn first{0};
  std::uint32_t pages = 0;

  bool operator==(const Namespace&) const = default;
};

}  // namespace gantry::ssd

#pragma once

#include <cstdint>
#include <vector>

#include "ssd/parameters.hpp"

namespace gantry::ssd {

/// Memory that a part of a device takes.
struct MemoryPart {
  const char* what;
  const char* remedy;       ///< what makes it smaller, by its pointer in a description
  std::uint64_t at_once;    ///< bytes, when the device is made
  std::uint64_t when_full;  ///< further ones, when all of it has been written
};

/// What Device takes with such parameters, about; without commands, which are few.
std::vector<MemoryPart> memory_parts(const Parameters& parameters);

}  // namespace gantry::ssd

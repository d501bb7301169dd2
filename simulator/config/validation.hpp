#pragma once

#include <vector>

#include "config/description.hpp"
#include "config/problem.hpp"
#include "ssd/parameters.hpp"

namespace gantry::config {

/// All that keeps a device from being as the parameters say, with pointers into its description;
/// with none, ssd::Device takes them.
std::vector<Problem> validate(const ssd::Parameters& parameters);

}  // namespace gantry::config

#pragma once

#include <optional>
#include <string>

#include "config/description.hpp"

namespace gantry::config {

/// A key whose values differ, and the values as JSON.
struct Difference {
  std::string pointer;
  std::string left;
  std::string right;
};

/// The first key in which two devices differ, whatever they are called.
std::optional<Difference> first_difference(const Description& left, const Description& right);

}  // namespace gantry::config

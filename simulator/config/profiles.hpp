#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"

namespace gantry::config {

/// A device that Gantry knows by name.
struct Profile {
  std::string_view name;  ///< "ref-a"
  std::string_view json;  ///< its description, as read() takes it
};

/// All of them, by name.
std::span<const Profile> profiles();

/// The profile of this name; an error names the nearest.
base::Result<Profile> find_profile(std::string_view name);

}  // namespace gantry::config

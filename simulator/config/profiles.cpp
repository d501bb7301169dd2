#include "config/profiles.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::config {

base::Result<Profile> find_profile(std::string_view name) {
  const auto all = profiles();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  if (found != all.end()) {
    return *found;
  }
  std::vector<std::string> names;
  for (const auto& profile : all) {
    names.emplace_back(profile.name);
  }
  const auto nearest = base::nearest(name, names);
  return base::Error{fmt::format("there is no profile '{}'", base::printable(name)), "",
                     nearest ? fmt::format("did you mean '{}'?", *nearest)
                             : fmt::format("the profiles are {}", base::join(names, ", "))};
}

}  // namespace gantry::config

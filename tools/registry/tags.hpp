#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// All tags of a repository, sorted as text, however many pages they come in. None if the registry
/// does not know the repository: many do not tell that from an empty one.
base::Result<std::vector<std::string>> list_tags(const Repository& repository);

}  // namespace gantry::registry

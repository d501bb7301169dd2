#pragma once

#include <string_view>

#include "base/result.hpp"

namespace gantry::cli {

/// Writes text to standard output; a full disk or a closed pipe is an error.
base::Result<void> print(std::string_view text);

}  // namespace gantry::cli

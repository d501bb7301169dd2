#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/descriptor.hpp"

namespace gantry::cli {

/// The values of an option --annotation KEY=VALUE; of a key that is given twice the last one
/// counts.
base::Result<oci::Annotations> parse_annotations(const std::vector<std::string>& values);

}  // namespace gantry::cli

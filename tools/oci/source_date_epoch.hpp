#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"

namespace gantry::oci {

/// The environment's SOURCE_DATE_EPOCH in seconds (reproducible-builds.org), if it is set and not
/// empty. What is no number up to the year 9999 is an error.
base::Result<std::optional<std::int64_t>> source_date_epoch();

}  // namespace gantry::oci

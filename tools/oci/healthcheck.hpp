#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oci/config.hpp"

namespace gantry::oci {

/// A duration in Go's words ("30s", "1m30s", "500ms", "1.5h") in nanoseconds.
base::Result<std::int64_t> parse_duration(std::string_view text);

/// The tokens of a Dockerfile's HEALTHCHECK without the word CMD: --interval=, --timeout=,
/// --start-period= and --retries=, then the command; or NONE.
base::Result<Healthcheck> parse_healthcheck(std::span<const std::string> tokens);

}  // namespace gantry::oci

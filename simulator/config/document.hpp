#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "config/problem.hpp"

namespace gantry::config {

/// Parses JSON. Keys that are there twice are problems, and so is what is not JSON, is longer than
/// 1 MiB or is nested deeper than 16 levels; after one of the latter the value is null.
nlohmann::json parse_document(std::string_view text, std::vector<Problem>& problems);

/// A key as a part of a JSON pointer (RFC 6901), fit for a message.
std::string pointer_part(std::string_view key);

}  // namespace gantry::config

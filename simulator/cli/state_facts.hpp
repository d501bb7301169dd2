#pragma once

#include <cstdint>
#include <string>

#include "state/state.hpp"

namespace gantry::cli {

/// What a person wants to know of a state, as text or as JSON. bytes: of its file.
std::string facts_text(const state::Opened& opened, std::uint64_t bytes);
std::string facts_json(const state::Opened& opened, std::uint64_t bytes);

}  // namespace gantry::cli

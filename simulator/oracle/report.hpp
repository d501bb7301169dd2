#pragma once

#include <string>

#include "oracle/section.hpp"

namespace gantry::oracle {

/// A section as a table for a terminal; the first line is its title.
std::string as_text(const Oracle& oracle, const Section& section);

/// A section of docs/oracles.md.
std::string as_markdown(const Oracle& oracle, const Section& section);

/// What docs/oracles.md has above its sections.
std::string markdown_head();

}  // namespace gantry::oracle

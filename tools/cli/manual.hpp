#pragma once

#include <string>

#include "cli/command_table.hpp"

namespace gantry::cli {

/// The manual page, in roff; section 1.
std::string manual_page(const CommandTable& root, const std::string& version);

/// The same as Markdown, for docs/reference.
std::string markdown_reference(const CommandTable& root);

}  // namespace gantry::cli

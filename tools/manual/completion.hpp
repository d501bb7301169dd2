#pragma once

#include <string>

#include "manual/command_table.hpp"

namespace gantry::manual {

/// Scripts that complete commands, options and, elsewhere, file names.
std::string bash_completion(const CommandTable& root);
std::string zsh_completion(const CommandTable& root);
std::string fish_completion(const CommandTable& root);

}  // namespace gantry::manual

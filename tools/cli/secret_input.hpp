#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gantry::cli {

/// All of standard input, without the line's end that it may have: a password from a pipe.
base::Result<std::string> read_standard_input();

enum class Echo { kOn, kOff };

/// Asks a person at the terminal for a line. An Error if standard input is no terminal.
base::Result<std::string> ask(std::string_view question, Echo echo);

}  // namespace gantry::cli

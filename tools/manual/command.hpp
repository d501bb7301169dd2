#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "manual/pages.hpp"

namespace gantry::manual {

/// What the chosen subcommand does; its value is the exit code.
using Action = std::function<base::Result<int>()>;

/// Adds the command "reference", which prints what the parser knows as completions for shells, as a
/// manual page or as Markdown.
void add_reference(CLI::App& root, Program program, Action& action);

}  // namespace gantry::manual

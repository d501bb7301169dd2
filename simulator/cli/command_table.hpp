#pragma once

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"

namespace gantry::cli {

/// Adds all subcommands; the chosen one stores its action.
void add_commands(CLI::App& app, Action& action);

}  // namespace gantry::cli

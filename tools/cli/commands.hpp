#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "base/result.hpp"

namespace gantry::cli {

/// What the chosen subcommand does; its value is the exit code (see exit_code.hpp).
using Action = std::function<base::Result<int>()>;

// One file per subcommand: each adds itself to its parent and, when chosen, stores its action.
void add_image_build(CLI::App& image, Action& action);
void add_image_diff(CLI::App& image, Action& action);
void add_image_export(CLI::App& image, Action& action);
void add_image_ls(CLI::App& image, Action& action);
void add_image_stage(CLI::App& image, Action& action);
void add_image_unpack(CLI::App& image, Action& action);
void add_reference(CLI::App& root, Action& action);

}  // namespace gantry::cli

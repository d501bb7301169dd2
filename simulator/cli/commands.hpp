#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "base/result.hpp"

namespace gantry::cli {

/// What the chosen subcommand does; its value is the exit code (see exit_code.hpp).
using Action = std::function<base::Result<int>()>;

// One file per subcommand: each adds itself to its parent and, when chosen, stores its action.
// command_table.cpp says which parent that is.
void add_config_check(CLI::App& config, Action& action);
void add_config_explain(CLI::App& config, Action& action);
void add_config_init(CLI::App& config, Action& action);
void add_config_list(CLI::App& config, Action& action);
void add_config_schema(CLI::App& config, Action& action);
void add_oracle(CLI::App& app, Action& action);
void add_precondition(CLI::App& app, Action& action);
void add_replay(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_serve(CLI::App& app, Action& action);
void add_state_check(CLI::App& state, Action& action);
void add_state_show(CLI::App& state, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_trace_convert(CLI::App& trace, Action& action);
void add_trace_info(CLI::App& trace, Action& action);

}  // namespace gantry::cli

#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "vm/accelerator.hpp"

namespace gantry::vm {

/// What the command line asks for; its value is the exit code.
using Action = std::function<base::Result<int>()>;

void add_probe(CLI::App& app, Action& action);
void add_build(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_disk(CLI::App& app, Action& action);
void add_seed(CLI::App& app, Action& action);
void add_start(CLI::App& app, Action& action);
void add_explore(CLI::App& app, Action& action);
void add_export(CLI::App& app, Action& action);

/// Of machines that run: ps, exec, console, screenshot, stop.
void add_machines(CLI::App& app, Action& action);
void add_store_commands(CLI::App& app, Action& action);
void add_push(CLI::App& app, Action& action);
void add_pack(CLI::App& app, Action& action);
void add_pull(CLI::App& app, Action& action);
void add_smoke(CLI::App& app, Action& action);

/// What runs guests of the architecture here, from the user's cache if it is known there.
base::Result<AcceleratorReport> known_accelerators(const std::string& architecture,
                                                   bool use_cache = true);

}  // namespace gantry::vm

#include "cli/command_table.hpp"

#include <string>

namespace gantry::cli {

namespace {

/// Commands that share their first word.
struct Group {
  const char* name;
  const char* description;
};

constexpr Group kGroups[] = {
    {"config", "Describe devices, and see what a description means"},
    {"state", "Look at the states of devices in files"},
    {"trace", "Look at traces of requests, and convert them"},
};

struct Row {
  const char* group;  ///< "": the command stands by itself
  void (*add)(CLI::App& parent, Action& action);
};

constexpr Row kCommands[] = {
    {"config", add_config_check},
    {"config", add_config_explain},
    {"config", add_config_init},
    {"config", add_config_list},
    {"config", add_config_schema},
    {"", add_oracle},
    {"", add_precondition},
    {"", add_replay},
    {"", add_run},
    {"", add_serve},
    {"state", add_state_check},
    {"state", add_state_show},
    {"", add_sweep},
    {"trace", add_trace_convert},
    {"trace", add_trace_info},
};

}  // namespace

void add_commands(CLI::App& app, Action& action) {
  for (const auto& group : kGroups) {
    app.add_subcommand(group.name, group.description)->require_subcommand(1);
  }
  for (const auto& row : kCommands) {
    row.add(std::string(row.group).empty() ? app : *app.get_subcommand(row.group), action);
  }
}

}  // namespace gantry::cli

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/interrupt.hpp"
#include "vm/admission.hpp"
#include "vm/clone.hpp"
#include "vm/instance.hpp"
#include "vm/keeping.hpp"
#include "vm/tool/beside.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/guest_command.hpp"
#include "vm/tool/opened_checkpoint.hpp"

namespace gantry::vm {

namespace {

struct Options {
  CheckpointOptions checkpoint;
  bool in_guest = false;
  bool keep = false;
  std::vector<std::string> command;
};

base::Result<int> run_command(Clone& clone, const Options& options) {
  if (!options.in_guest) {
    return run_beside(clone.machine(), {.words = options.command});
  }
  if (clone.agent() == nullptr) {
    return no_agent();
  }
  return run_in_guest(*clone.agent(), options.command, {});
}

base::Result<int> run(const Options& options) {
  GANTRY_TRY(const auto opened, open_checkpoint(options.checkpoint));
  const auto say = [](std::string_view line) { fmt::print(stderr, "{}", line); };
  GANTRY_TRY(const auto admission, Admission::wait(opened.state.guest.memory, say));
  GANTRY_TRY(auto clone, Clone::start(opened.state, opened.platform));
  auto& machine = clone.machine();
  const auto& name = opened.checkpoint.name;
  GANTRY_CHECK(announce(
      {name, name, "run", getpid(), machine.process->pid(), machine.ports, machine.directory}));
  const auto result = run_command(clone, options);
  if (options.keep && !(result && *result == 0) && !base::interrupted()) {
    auto kept = opened.checkpoint;
    kept.parent = kept.key;
    GANTRY_TRY(const auto file, keep(machine, std::move(kept), opened.store));
    fmt::print(stderr, "to look around in the machine: {}\n", how_to_look(file, opened.store));
  }
  return result;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand(
      "run",
      "Run a command beside a fresh clone of a checkpoint, whose ports it finds in the "
      "variables GANTRY_VM_PORT_22 and so on");
  command->footer(
      "Examples:\n"
      "  gantry vm run ready.checkpoint -- sh -c 'curl \"http://127.0.0.1:$GANTRY_VM_PORT_80/\"'\n"
      "  gantry vm run ready.checkpoint --in-guest -- uname -r");
  add_checkpoint_options(*command, options->checkpoint);
  command->add_flag("--in-guest", options->in_guest, "Run the command in the guest, by its agent");
  command->add_flag("--keep", options->keep, "If the command fails, save the machine to look into");
  command->add_option("command", options->command, "The command")
      ->required()
      ->type_name("[--] COMMAND");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace gantry::vm

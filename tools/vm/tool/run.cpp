#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "vm/admission.hpp"
#include "vm/clone.hpp"
#include "vm/instance.hpp"
#include "vm/keeping.hpp"
#include "vm/spec_lines.hpp"
#include "vm/stage.hpp"
#include "vm/steps.hpp"
#include "vm/tool/beside.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/guest_command.hpp"
#include "vm/tool/opened_checkpoint.hpp"

namespace gantry::vm {

namespace {

constexpr const char* kConsoleLog = "console.log";

struct Options {
  CheckpointOptions checkpoint;
  std::vector<std::string> steps;
  std::string recording;
  unsigned timeout = 300;
  std::string ssh_user = "root";
  std::string ssh_port = "22";
  std::string ssh_key;
  bool in_guest = false;
  bool keep = false;
  std::vector<std::string> command;
};

base::Result<std::vector<Step>> read_steps(const Options& options) {
  std::vector<Step> steps;
  for (const auto& text : options.steps) {
    GANTRY_TRY(auto step, parse_step(text));
    steps.push_back(std::move(step));
  }
  if (steps.empty() && options.command.empty()) {
    return base::Error{"there is nothing to do with the clone", options.checkpoint.file,
                       "give a command, or --step"};
  }
  if (options.in_guest && options.command.empty()) {
    return base::Error{"there is no command to run in the guest", options.checkpoint.file,
                       "--in-guest is for a command"};
  }
  return steps;
}

base::Result<Stage::Settings> settings_of(const Options& options, const OpenedCheckpoint& opened) {
  Stage::Settings settings;
  settings.timeout = std::chrono::seconds(options.timeout);
  settings.timeout_factor = opened.timeout_factor;
  settings.progress = [](std::string_view text) { fmt::print(stderr, "{}", text); };
  GANTRY_TRY(settings.ssh.user, parse_ssh_user(options.ssh_user));
  GANTRY_TRY(settings.ssh.port, parse_guest_port(options.ssh_port));
  settings.shares = opened.state.guest.shares;
  settings.ssh.key = options.ssh_key;
  settings.ssh.keys = opened.store.root() / "keys";
  if (!options.recording.empty()) {
    settings.recording = options.recording;
    GANTRY_CHECK(base::make_directories(settings.recording));
    for (const auto* const name : {kConsoleLog, kScreenPicture}) {
      GANTRY_CHECK(base::remove_tree(settings.recording / name));
    }
  }
  return settings;
}

base::Result<int> run_command(Stage& stage, const Options& options) {
  if (!options.in_guest) {
    return run_beside(stage.machine(), {.words = options.command});
  }
  if (!stage.agent_is_connected()) {
    return no_agent();
  }
  GANTRY_TRY(auto* const agent, stage.agent());
  return run_in_guest(*agent, options.command, {});
}

base::Result<int> do_all(Stage& stage, const std::vector<Step>& steps, const Options& options) {
  auto done = do_steps(stage, steps);
  if (!done && !options.recording.empty()) {
    done.error().hint += fmt::format("{}what it said and showed is in {}",
                                     done.error().hint.empty() ? "" : "\n", options.recording);
  }
  GANTRY_CHECK(std::move(done));
  stage.disconnect();
  return options.command.empty() ? 0 : run_command(stage, options);
}

base::Result<int> run(const Options& options) {
  GANTRY_TRY(const auto steps, read_steps(options));
  GANTRY_TRY(const auto opened, open_checkpoint(options.checkpoint));
  GANTRY_TRY(auto settings, settings_of(options, opened));
  const auto say = [](std::string_view line) { fmt::print(stderr, "{}", line); };
  GANTRY_TRY(const auto admission, Admission::wait(opened.state.guest.memory, say));
  const bool recorded = !settings.recording.empty();
  GANTRY_TRY(auto clone, Clone::start(opened.state, opened.platform, Clone::Being::kItsOwn,
                                      recorded ? settings.recording / kConsoleLog : ""));
  auto& machine = clone.machine();
  if (!recorded) {
    settings.recording = machine.directory;
  }
  const auto& name = opened.checkpoint.name;
  GANTRY_CHECK(announce(
      {name, name, "run", getpid(), machine.process->pid(), machine.ports, machine.directory}));
  Stage stage(machine, std::move(settings), clone.take_agent());
  const auto result = do_all(stage, steps, options);
  if (options.keep && !(result && *result == 0) && !base::interrupted() &&
      !machine.process->wait_for_end(after(std::chrono::milliseconds(0)))) {
    auto kept = opened.checkpoint;
    kept.parent = kept.key;
    kept.parent_build = build_of(kept);
    GANTRY_TRY(const auto file, keep(stage, std::move(kept), opened.store));
    fmt::print(stderr, "to look around in the machine: {}\n", how_to_look(file, opened.store));
  }
  return result;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand("run",
                                           "Do steps in a fresh clone of a checkpoint, and run a "
                                           "command beside it, whose ports it finds "
                                           "in the variables GANTRY_VM_PORT_22 and so on");
  command->footer(
      "The standard input of the command is /dev/null.\n\n"
      "Examples:\n"
      "  gantry vm run ready.checkpoint -- sh -c 'curl \"http://127.0.0.1:$GANTRY_VM_PORT_80/\"'\n"
      "  gantry vm run ready.checkpoint --in-guest -- uname -r\n"
      "  gantry vm run ready.checkpoint --step copy:tests=/tests --step agent:run.sh");
  add_checkpoint_options(*command, options->checkpoint);
  command
      ->add_option(
          "--step", options->steps,
          "Do this in the clone first, as a step of a checkpoint: console:FILE, agent:FILE, "
          "copy:FILE=PATH, keys:FILE, browser:FILE, ssh:FILE; may be given several times")
      ->type_name("KIND:FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--recording", options->recording,
                   "Keep here what the console and the steps have said")
      ->type_name("DIR");
  command->add_option("--timeout", options->timeout, "Of each step, in seconds; default: 300")
      ->check(CLI::Range(1, 86400))
      ->type_name("SECONDS");
  command->add_option("--ssh-user", options->ssh_user, "Who logs in for ssh: steps; default: root")
      ->type_name("NAME");
  command->add_option("--ssh-port", options->ssh_port, "Where, in the guest; default: 22")
      ->type_name("PORT");
  command
      ->add_option("--ssh-key", options->ssh_key,
                   "The private key for that; default: one that Gantry makes")
      ->type_name("FILE");
  command->add_flag("--in-guest", options->in_guest, "Run the command in the guest, by its agent");
  command->add_flag("--keep", options->keep, "If something fails, save the machine to look into");
  command->add_option("command", options->command, "The command; none: the steps alone")
      ->type_name("[--] COMMAND");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace gantry::vm

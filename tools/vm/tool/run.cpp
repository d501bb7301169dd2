#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/clone.hpp"
#include "vm/store.hpp"
#include "vm/tool/commands.hpp"

namespace gantry::vm {

namespace {

struct Options {
  std::string checkpoint;
  std::string store;
  bool in_guest = false;
  std::vector<std::string> command;
};

base::Result<int> run_in_guest(Clone& clone, const std::vector<std::string>& words) {
  if (clone.agent() == nullptr) {
    return base::Error{"the guest has no agent to run commands", "",
                       "start gantry-guest-agent in it before it is saved"};
  }
  const auto print = [](AgentStream stream, std::string_view text) -> base::Result<void> {
    auto* const file = stream == AgentStream::kOutput ? stdout : stderr;
    if (std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0) {
      return base::errno_error("write", "what the command says");
    }
    return {};
  };
  GANTRY_TRY(const auto exited, clone.agent()->execute({words, {}, {}, false}, {}, print,
                                                       after(std::chrono::hours(24))));
  return static_cast<int>(exited.by_signal ? 128 + exited.code : exited.code);
}

base::Result<int> run(const Options& options) {
  GANTRY_TRY(const auto text, base::read_file(options.checkpoint, 4096));
  GANTRY_TRY(const auto store, Store::open(options.store));
  const std::string key(base::trim(text));
  GANTRY_TRY(const auto checkpoint, store.find(key));
  if (!checkpoint) {
    return base::Error{
        fmt::format("its checkpoint {} is not in {}", base::printable(key), store.root().native()),
        options.checkpoint, "build the target that makes it"};
  }
  GANTRY_TRY(const auto state, store.state_of(*checkpoint));
  GANTRY_TRY(const auto report, known_accelerators(state.guest.architecture));
  GANTRY_TRY(const auto platform, platform_of(report, state.platform.accelerator));
  GANTRY_TRY(auto clone, Clone::start(state, platform));
  if (options.in_guest) {
    return run_in_guest(clone, options.command);
  }
  base::Command command{.arguments = options.command};
  command.output = base::Command::Output::kInherit;
  for (const auto& port : clone.machine().ports) {
    command.environment[fmt::format("GANTRY_VM_PORT_{}", port.guest)] = std::to_string(port.host);
  }
  GANTRY_TRY(const auto finished, base::run(command));
  return finished.exit_code;
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand(
      "run",
      "Run a command beside a fresh clone of a checkpoint, whose ports it finds in the "
      "variables GANTRY_VM_PORT_22 and so on");
  command->add_option("checkpoint", options->checkpoint, "The file that names its key")
      ->required()
      ->type_name("FILE");
  command->add_option("--store", options->store, "Where checkpoints are kept")
      ->required()
      ->type_name("DIR");
  command->add_flag("--in-guest", options->in_guest, "Run the command in the guest, by its agent");
  command->add_option("command", options->command, "The command")
      ->required()
      ->type_name("[--] COMMAND");
  command->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace gantry::vm

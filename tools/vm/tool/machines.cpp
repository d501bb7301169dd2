#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.hpp"
#include "vm/agent_client.hpp"
#include "vm/instance.hpp"
#include "vm/machine.hpp"
#include "vm/qmp.hpp"
#include "vm/screen.hpp"
#include "vm/terminal.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/guest_command.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds kAnswerTime{30};
constexpr std::size_t kMostInput = std::size_t{64} << 20;

/// Its QEMU, to be watched in waits: it is another process's.
base::Result<Process> watched(const Instance& instance) {
  GANTRY_TRY(auto process, Process::adopt(instance.qemu, instance.directory / "qemu.log"));
  static_cast<void>(process.release());
  return process;
}

/// A socket of the machine's. One who runs it for a command of its own is at it alone.
base::Result<base::Fd> socket_of(const Instance& instance, const char* name) {
  if (instance.purpose != "start" && instance.purpose != "explore") {
    return base::Error{fmt::format("the {} of {} belongs to process {}, a gantry vm {}", name,
                                   instance.name, instance.owner, instance.purpose),
                       "", "gantry vm start and explore run machines that others can reach"};
  }
  return connect_to(instance.directory / name);
}

base::Result<int> list(bool as_json) {
  GANTRY_TRY(const auto all, instances());
  if (as_json) {
    auto array = nlohmann::json::array();
    for (const auto& instance : all) {
      auto ports = nlohmann::json::object();
      for (const auto& port : instance.ports) {
        ports[std::to_string(port.guest)] = port.host;
      }
      array.push_back({{"name", instance.name},
                       {"checkpoint", instance.checkpoint},
                       {"purpose", instance.purpose},
                       {"owner", instance.owner},
                       {"qemu", instance.qemu},
                       {"ports", std::move(ports)},
                       {"directory", instance.directory.native()}});
    }
    fmt::print("{}\n", array.dump(2));
    return 0;
  }
  if (all.empty()) {
    fmt::print("no machine runs\n");
    return 0;
  }
  fmt::print("{:<20} {:<20} {:<8} {:>8}  {}\n", "NAME", "CHECKPOINT", "BY", "QEMU", "PORTS");
  for (const auto& instance : all) {
    fmt::print("{:<20} {:<20} {:<8} {:>8}  {}\n", instance.name, instance.checkpoint,
               instance.purpose, instance.qemu, describe_ports(instance.ports));
  }
  return 0;
}

base::Result<std::string> standard_input() {
  std::string text;
  char chunk[65536];
  for (ssize_t count = 0; (count = read(STDIN_FILENO, chunk, sizeof chunk)) > 0;) {
    text.append(chunk, static_cast<std::size_t>(count));
    if (text.size() > kMostInput) {
      return base::Error{"it is more than 64 MiB", "standard input",
                         "copy it into the guest as a file"};
    }
  }
  return text;
}

struct ExecOptions {
  std::string name;
  bool input = false;
  std::vector<std::string> command;
};

base::Result<int> exec(const ExecOptions& options) {
  GANTRY_TRY(const auto instance, instance_named(options.name));
  GANTRY_TRY(auto process, watched(instance));
  GANTRY_TRY(auto socket, socket_of(instance, "agent"));
  GANTRY_TRY(auto agent, AgentClient::connect(std::move(socket), process, after(kAnswerTime)));
  std::string input;
  if (options.input) {
    GANTRY_TRY(input, standard_input());
  }
  return run_in_guest(agent, options.command, input);
}

base::Result<int> console(const std::string& name) {
  GANTRY_TRY(const auto instance, instance_named(name));
  GANTRY_TRY(auto process, watched(instance));
  GANTRY_TRY(const auto socket, socket_of(instance, "console"));
  if (isatty(STDIN_FILENO) == 1) {
    fmt::print("The console of {}: Enter shows a prompt, Ctrl-] leaves.\n", instance.name);
    std::fflush(stdout);
  }
  GANTRY_CHECK(join_terminal(socket.get(), process));
  return 0;
}

base::Result<int> screenshot(const std::string& name, const fs::path& path) {
  GANTRY_TRY(const auto instance, instance_named(name));
  GANTRY_TRY(auto process, watched(instance));
  GANTRY_TRY(auto socket, socket_of(instance, "monitor"));
  GANTRY_TRY(auto monitor, Qmp::open(std::move(socket), process, after(kAnswerTime)));
  GANTRY_CHECK(save_screenshot(monitor, instance.directory, path));
  return 0;
}

base::Result<int> stop_all(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    GANTRY_TRY(const auto instance, instance_named(name));
    GANTRY_CHECK(stop(instance));
  }
  return 0;
}

void add_exec(CLI::App& app, Action& action) {
  const auto options = std::make_shared<ExecOptions>();
  auto* const command = app.add_subcommand("exec", "Run a command in a machine, by its agent");
  command->footer(
      "Examples:\n"
      "  gantry vm exec ready -- uname -r\n"
      "  tar -c site | gantry vm exec -i ready -- tar -xC /srv");
  command->add_option("machine", options->name, "Its name")->required()->type_name("NAME");
  command->add_flag("-i,--stdin", options->input, "Give it our standard input");
  command->add_option("command", options->command, "The command")
      ->required()
      ->type_name("[--] COMMAND");
  command->callback([options, &action] { action = [options] { return exec(*options); }; });
}

}  // namespace

void add_machines(CLI::App& app, Action& action) {
  const auto as_json = std::make_shared<bool>(false);
  auto* const ps = app.add_subcommand("ps", "List the machines that run");
  ps->footer(
      "Examples:\n"
      "  gantry vm ps\n"
      "  gantry vm ps --json | jq -r '.[].name'");
  ps->add_flag("--json", *as_json, "Print a JSON array");
  ps->callback([as_json, &action] { action = [as_json] { return list(*as_json); }; });

  add_exec(app, action);

  const auto name = std::make_shared<std::string>();
  auto* const join = app.add_subcommand("console", "Join the console of a machine");
  join->footer(
      "Example:\n"
      "  gantry vm console ready");
  join->add_option("machine", *name, "Its name")->required()->type_name("NAME");
  join->callback([name, &action] { action = [name] { return console(*name); }; });

  const auto path = std::make_shared<std::string>();
  auto* const shot = app.add_subcommand("screenshot", "Save what a machine shows as PNG");
  shot->footer(
      "Example:\n"
      "  gantry vm screenshot ready screen.png");
  shot->add_option("machine", *name, "Its name")->required()->type_name("NAME");
  shot->add_option("file", *path, "The image")->required()->type_name("FILE.png");
  shot->callback(
      [name, path, &action] { action = [name, path] { return screenshot(*name, *path); }; });

  const auto names = std::make_shared<std::vector<std::string>>();
  auto* const end = app.add_subcommand("stop", "End machines");
  end->footer(
      "Example:\n"
      "  gantry vm stop ready ready-2");
  end->add_option("machine", *names, "Their names")->required()->type_name("NAME...");
  end->callback([names, &action] { action = [names] { return stop_all(*names); }; });
}

}  // namespace gantry::vm

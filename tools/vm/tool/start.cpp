#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "vm/clone.hpp"
#include "vm/domain_machine.hpp"
#include "vm/instance.hpp"
#include "vm/terminal.hpp"
#include "vm/tool/commands.hpp"
#include "vm/tool/opened_checkpoint.hpp"

namespace gantry::vm {

namespace {

struct Options {
  CheckpointOptions checkpoint;
  std::string name;
  std::string connect;
  bool as_saved = false;
  bool quiet = false;
};

/// The name that was asked for, or one after the checkpoint's that no other machine has.
base::Result<std::string> choose_name(const std::string& asked, const std::string& checkpoint) {
  GANTRY_TRY(const auto all, instances());
  const auto taken = [&all](const std::string& name) {
    for (const auto& instance : all) {
      if (instance.name == name) {
        return true;
      }
    }
    return false;
  };
  if (!asked.empty() && taken(asked)) {
    return base::Error{fmt::format("there is already a machine called {}", asked), "",
                       fmt::format("gantry vm stop {} ends it", asked)};
  }
  auto name = asked.empty() ? checkpoint : asked;
  for (unsigned number = 2; taken(name); ++number) {
    name = fmt::format("{}-{}", checkpoint, number);
  }
  return name;
}

struct Started {
  Clone clone;
  Instance instance;
  std::string domain;  ///< of libvirt, if that runs it
};

base::Result<Started> start_clone(const Options& options, const char* purpose) {
  GANTRY_TRY(const auto opened, open_checkpoint(options.checkpoint));
  GANTRY_TRY(auto name, choose_name(options.name, opened.checkpoint.name));
  GANTRY_TRY(auto clone,
             Clone::start(opened.state, opened.platform,
                          options.as_saved ? Clone::Being::kAsSaved : Clone::Being::kItsOwn, {},
                          options.connect));
  auto& machine = clone.machine();
  Instance instance{std::move(name),        opened.checkpoint.name, purpose,          getpid(),
                    machine.process->pid(), machine.ports,          machine.directory};
  clone.let_go_of_sockets();
  GANTRY_CHECK(announce(instance));
  auto domain = domain_name(opened.state.guest.name, instance.directory);
  return Started{std::move(clone), std::move(instance), std::move(domain)};
}

void describe(const Instance& instance, const std::string& domain, const Options& options) {
  if (!options.quiet) {
    const auto ports = describe_ports(instance.ports);
    fmt::print("machine {}{}{}\n", instance.name, ports.empty() ? "" : ": ports ", ports);
    if (!options.connect.empty()) {
      fmt::print("domain {} of {}\n", domain, options.connect);
    }
    std::fflush(stdout);
  }
}

/// Tells the other end of the pipe, once, how the start went: nothing is all well.
void report(base::Fd pipe, const base::Error* error) {
  const auto text =
      error == nullptr ? std::string() : error->where + '\0' + error->what + '\0' + error->hint;
  static_cast<void>(base::write_all(pipe.get(), std::as_bytes(std::span(text)), "the pipe"));
}

/// The process that a machine in the background belongs to: it waits until one of them ends.
int keep(const Options& options, base::Fd pipe) {
  setsid();
  auto started = start_clone(options, "start");
  if (!started) {
    report(std::move(pipe), &started.error());
    return 1;
  }
  describe(started->instance, started->domain, options);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    dup2(nothing, fd);
  }
  report(std::move(pipe), nullptr);
  auto& process = *started->clone.machine().process;
  while (!base::interrupted() && !process.wait_for_end(after(std::chrono::milliseconds(200)))) {
  }
  return 0;
}

base::Error read_error(const std::string& text) {
  const auto first = text.find('\0');
  const auto second = text.find('\0', first + 1);
  return {text.substr(first + 1, second - first - 1), text.substr(0, first),
          text.substr(second + 1)};
}

base::Result<int> start(const Options& options) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return base::errno_error("make", "a pipe");
  }
  const base::Fd reader(ends[0]);
  base::Fd writer(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) {
    return base::errno_error("start", "a process for the machine");
  }
  if (pid == 0) {
    return keep(options, std::move(writer));
  }
  writer = {};
  std::string said;
  std::array<char, 4096> chunk{};
  for (ssize_t count = 0; (count = read(reader.get(), chunk.data(), chunk.size())) != 0;) {
    if (count > 0) {
      said.append(chunk.data(), static_cast<std::size_t>(count));
    } else if (base::interrupted()) {
      kill(pid, SIGTERM);
    }
  }
  if (!said.empty()) {
    waitpid(pid, nullptr, 0);
    return read_error(said);
  }
  return waitpid(pid, nullptr, WNOHANG) == 0 ? 0 : 1;
}

base::Result<int> explore(const Options& options) {
  GANTRY_TRY(auto started, start_clone(options, "explore"));
  const auto& instance = started.instance;
  describe(instance, started.domain, options);
  if (!options.quiet) {
    fmt::print(
        "Its console is below: Enter shows a prompt, Ctrl-] ends the machine. From elsewhere:\n"
        "  gantry vm exec {0} -- COMMAND\n  gantry vm screenshot {0} FILE.png\n",
        instance.name);
    std::fflush(stdout);
  }
  GANTRY_TRY(const auto socket, connect_to(instance.directory / "console"));
  GANTRY_CHECK(join_terminal(socket.get(), *started.clone.machine().process));
  return 0;
}

std::shared_ptr<Options> add_options(CLI::App& command) {
  auto options = std::make_shared<Options>();
  add_checkpoint_options(command, options->checkpoint);
  command.add_option("--name", options->name, "Of the machine; default: the checkpoint's")
      ->type_name("NAME");
  command
      .add_option(
          "--connect", options->connect,
          "Have a libvirt of this machine run it, such as qemu:///system, for others to see")
      ->type_name("URI");
  command.add_flag("--as-saved", options->as_saved,
                   "Leave it the clock, names and addresses with which it was saved");
  command.add_flag("--quiet", options->quiet, "Do not say its name and ports");
  return options;
}

}  // namespace

void add_start(CLI::App& app, Action& action) {
  auto* const command = app.add_subcommand(
      "start", "Start a clone of a checkpoint that runs on until gantry vm stop");
  command->footer(
      "Examples:\n"
      "  gantry vm start ready.checkpoint\n"
      "  gantry vm start ready.checkpoint --name mine --quiet");
  const auto options = add_options(*command);
  command->callback([options, &action] { action = [options] { return start(*options); }; });
}

void add_explore(CLI::App& app, Action& action) {
  auto* const command =
      app.add_subcommand("explore", "Look around in a clone of a checkpoint, on its console");
  command->footer(
      "Examples:\n"
      "  gantry vm explore ready.checkpoint\n"
      "  gantry vm explore STORE/kept/final.checkpoint --as-saved");
  const auto options = add_options(*command);
  command->callback([options, &action] { action = [options] { return explore(*options); }; });
}

}  // namespace gantry::vm

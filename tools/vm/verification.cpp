#include "vm/verification.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>

#include "base/interrupt.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/checkpoint.hpp"
#include "vm/guest_port.hpp"
#include "vm/run_directory.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::chrono::seconds kTime{20};
constexpr std::chrono::seconds kReturnAgain{1};     // what comes while a console is set up is lost
constexpr std::chrono::milliseconds kSilence{150};  // what comes before is the guest's own talk
constexpr int kAnswers = 2;                         // of which one may be chance

/// Of the failing part of a verification; a lack of room and an interruption say what they are.
base::Error failed(std::string_view part, const base::Error& why) {
  if (base::interrupted()) {
    return why;
  }
  return {fmt::format("what was saved does not go on: {}: {}", part, why.what), why.where,
          why.hint.empty() ? "the checkpoint was not kept; build it again" : why.hint};
}

bool is_general(std::string_view name) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name == "PC" || name == "SP") {
    return true;
  }
  if (name.size() == 3 && name.starts_with("CR")) {
    return digit(name[2]);
  }
  if (name.size() == 3 && name[0] == 'X') {
    return digit(name[1]) && digit(name[2]);  // of arm64
  }
  return (name.size() == 2 || name.size() == 3) && (name[0] == 'R' || name[0] == 'E');
}

Result<void> check_registers(const Registers& then, Monitor& monitor) {
  GANTRY_TRY(const auto now, registers_of(monitor));
  for (const auto& [name, value] : then) {
    const auto found = now.find(name);
    if (found == now.end() || found->second != value) {
      return base::Error{
          fmt::format("{} was {}, and is {}", base::printable(name), base::printable(value),
                      found == now.end() ? "nothing" : base::printable(found->second)),
          "", ""};
    }
  }
  return {};
}

/// Of this image alone: what it says of those below it may be of another machine.
Result<void> check_image(const fs::path& image) {
  const json node{{"driver", "qcow2"},
                  {"file", {{"driver", "file"}, {"filename", image.native()}}},
                  {"backing", nullptr}};
  GANTRY_TRY(const auto checked,
             base::run({.arguments = {"qemu-img", "check", "-q", "-U", "json:" + node.dump()}}));
  constexpr int kLeaks = 3;  // room that is lost, and nothing else
  if (checked.exit_code != 0 && checked.exit_code != kLeaks) {
    return base::Error{fmt::format("qemu-img check ends by exit code {}:\n{}", checked.exit_code,
                                   base::trim(checked.out + checked.err)),
                       image.native(), ""};
  }
  return {};
}

/// What the kernel counts of a process's mappings of a file, in bytes.
Result<std::uint64_t> mapped_bytes(int pid, const fs::path& file, std::string_view kind) {
  GANTRY_TRY(const auto text, base::read_file(fmt::format("/proc/{}/smaps", pid)));
  std::uint64_t kilobytes = 0;
  bool inside = false;
  for (const auto line : base::split(text, '\n')) {
    if (line.find('-') < line.find(' ')) {
      inside = line.ends_with(file.native());
    } else if (inside && line.starts_with(kind)) {
      const auto rest = base::trim(line.substr(kind.size()));
      kilobytes += base::parse_unsigned(rest.substr(0, rest.find(' '))).value_or(0);
    }
  }
  return kilobytes << 10;
}

/// How a guest that goes on is told from one that stands still: it writes to its memory, of which
/// it had nothing of its own, or, where all was loaded for it, it uses some.
struct SignOfLife {
  fs::path memory;
  std::string_view kind;
  std::uint64_t before = 0;

  static Result<SignOfLife> of(const Machine& machine, const SavedState& saved) {
    const auto pid = machine.process->pid();
    SignOfLife sign{saved.memory, "Anonymous:"};
    if (saved.memory.empty()) {
      sign = {machine.directory / kMemoryFile, "Referenced:"};
      constexpr std::string_view kForgetAll = "1";
      const auto path = fmt::format("/proc/{}/clear_refs", pid);
      GANTRY_TRY(const Fd file, base::open_file(path, O_WRONLY | O_CLOEXEC));
      GANTRY_CHECK(base::write_all(file.get(), std::as_bytes(std::span(kForgetAll)), path));
    }
    GANTRY_TRY(sign.before, mapped_bytes(pid, sign.memory, sign.kind));
    return sign;
  }
};

Result<void> wait_for_life(Machine& machine, const SignOfLife& sign, Deadline deadline) {
  for (;;) {
    GANTRY_TRY(const auto now, mapped_bytes(machine.process->pid(), sign.memory, sign.kind));
    if (now > sign.before) {
      return {};
    }
    if (machine.process->wait_for_end(after(std::chrono::milliseconds(5)))) {
      return machine.process->obituary("going on");
    }
    if (base::interrupted() || std::chrono::steady_clock::now() > deadline) {
      return base::Error{base::interrupted() ? "stopped" : "it stands still", "", ""};
    }
  }
}

/// User networking takes every connection: only where somebody listened does it say more than that
/// the port is there.
Result<void> check_port(Machine& machine, const PortForward& port, const Witness& witness,
                        double timeout_factor, Deadline deadline) {
  const auto& listening = witness.listening;
  if (std::find(listening.begin(), listening.end(), port.guest) != listening.end()) {
    GANTRY_TRY(auto guest, GuestPort::of(machine, port.guest, timeout_factor));
    return guest.wait_until_listening(deadline);
  }
  const Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port.host);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return base::errno_error("connect to", fmt::format("127.0.0.1:{}", port.host));
  }
  return {};
}

Result<void> check_agent(Machine& machine, const agent::Welcome& then, Deadline deadline) {
  GANTRY_TRY(auto socket, connect_to_agent(machine));
  GANTRY_TRY(const auto agent, AgentClient::connect(std::move(socket), *machine.process, deadline));
  return check_restored(then, agent.welcome());
}

/// A machine that stands still, as it was saved. One that resets itself ends from now on.
Result<void> go_on(Machine& machine, const SavedState& saved, const Witness& witness,
                   double timeout_factor, Deadline deadline) {
  auto& monitor = *machine.monitor;
  GANTRY_CHECK(monitor.execute("set-action", R"({"reboot":"shutdown"})"));
  GANTRY_TRY(const auto sign, SignOfLife::of(machine, saved));
  GANTRY_CHECK(monitor.execute("cont"));
  if (const auto lives = wait_for_life(machine, sign, deadline); !lives) {
    return failed("the guest", lives.error());
  }
  if (witness.agent) {
    if (const auto same = check_agent(machine, *witness.agent, deadline); !same) {
      return failed("the agent", same.error());
    }
  }
  if (witness.console) {
    const auto answers = console_answers(machine, deadline);
    if (!answers || !*answers) {
      return failed("the console",
                    answers ? base::Error{"it does not answer", "", ""} : answers.error());
    }
  }
  for (const auto& port : machine.ports) {
    if (const auto there = check_port(machine, port, witness, timeout_factor, deadline); !there) {
      return failed(fmt::format("port {}", port.guest), there.error());
    }
  }
  GANTRY_TRY(const auto status, monitor.execute("query-status"));
  if (!status.value("running", false)) {
    return failed("the guest",
                  {fmt::format("QEMU says {}", base::printable(status.dump())), "", ""});
  }
  return {};
}

}  // namespace

Registers registers_in(std::string_view text) {
  Registers registers;
  std::string processor;
  for (const auto line : base::split(text, '\n')) {
    if (line.starts_with("CPU#")) {
      processor = base::trim(line);
      continue;
    }
    for (const auto word : base::split(base::trim(line), ' ')) {
      const auto equals = word.find('=');
      const auto name = word.substr(0, equals);
      if (equals != std::string_view::npos && is_general(name)) {
        registers[fmt::format("{} {}", processor, name)] = base::trim(word.substr(equals + 1));
      }
    }
  }
  return registers;
}

Result<Registers> registers_of(Monitor& monitor) {
  GANTRY_TRY(const auto said,
             monitor.execute("human-monitor-command", R"({"command-line":"info registers -a"})"));
  auto registers = registers_in(said.is_string() ? said.get<std::string>() : std::string());
  if (registers.empty()) {
    return base::Error{"QEMU does not say what is in the registers", "", ""};
  }
  return registers;
}

Result<bool> console_answers(Machine& machine, Deadline deadline) {
  const auto says = [&](Deadline time) -> Result<bool> {
    const int fd = machine.console->fd();
    GANTRY_TRY(const bool there, machine.process->ready(fd, POLLIN, std::min(time, deadline),
                                                        "waiting for its console"));
    return there ? machine.console->drain() : Result<bool>(false);
  };
  const auto time_is_left = [deadline] { return std::chrono::steady_clock::now() < deadline; };
  int answers = 0;
  while (answers < kAnswers && time_is_left()) {
    for (bool speaks = true; speaks && time_is_left();) {
      GANTRY_TRY(speaks, says(after(kSilence)));
    }
    GANTRY_CHECK(machine.console->send("\n", deadline));
    GANTRY_TRY(const bool answered, says(after(kReturnAgain)));
    answers = answered ? answers + 1 : 0;
  }
  return answers == kAnswers;
}

Result<bool> agent_listens(Machine& machine) {
  GANTRY_TRY(const auto devices, machine.monitor->execute("query-chardev"));
  return std::any_of(devices.begin(), devices.end(), [&machine](const json& device) {
    return device.is_object() && device.value("label", json()) == machine.hardware.agent &&
           device.value("frontend-open", json()) == true;
  });
}

Result<void> verify_restore(const SavedState& saved, const Witness& witness,
                            double timeout_factor) {
  const auto deadline =
      after(std::chrono::duration_cast<std::chrono::milliseconds>(kTime * timeout_factor));
  for (const auto& chain : saved.disks) {
    if (const auto whole = check_image(chain.front().path); !whole) {
      return failed("the disk image", whole.error());
    }
  }
  auto state = saved;
  for (auto& port : state.guest.ports) {
    port.host = 0;  // the machine that was saved may still have its own
  }
  GANTRY_TRY(const auto directory, make_run_directory());
  ResumeOptions options;
  options.directory = directory.path();
  options.paused = true;
  auto machine = resume(state, options);
  if (!machine) {
    return failed("QEMU", machine.error());
  }
  if (const auto same = check_registers(witness.registers, *machine->monitor); !same) {
    return failed("the processors", same.error());
  }
  return go_on(*machine, saved, witness, timeout_factor, deadline);
}

}  // namespace gantry::vm

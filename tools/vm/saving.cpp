#include "vm/saving.hpp"

#include <chrono>
#include <thread>

#include <nlohmann/json.hpp>

#include "vm/checkpoint.hpp"
#include "vm/console_reader.hpp"
#include "vm/guest_port.hpp"
#include "vm/ports.hpp"
#include "vm/simulated_drive.hpp"
#include "vm/space.hpp"
#include "vm/sparse_copy.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::chrono::seconds kSyncTime{30};
constexpr std::chrono::seconds kDisconnectTime{5};
constexpr std::chrono::seconds kAgentStart{3};
constexpr std::chrono::milliseconds kAgentPause{20};
constexpr std::chrono::seconds kConsoleTime{1};
constexpr std::chrono::seconds kListenTime{2};

/// What the guest does about what it was last asked, and what its kernel puts off for a moment
/// (memory of processes that have ended, timers), every machine that goes on from here would do
/// first.
constexpr std::chrono::milliseconds kRest{200};

/// A guest may be ready a moment before its agent is.
Result<bool> agent_comes(Stage& stage) {
  const auto deadline = after(stage.scaled(kAgentStart));
  for (;;) {
    GANTRY_TRY(const bool listens, agent_listens(stage.machine()));
    if (listens || stage.machine().hardware.agent.empty() ||
        std::chrono::steady_clock::now() >= deadline) {
      return listens;
    }
    std::this_thread::sleep_for(kAgentPause);
  }
}

/// Null: the guest has none that listens.
Result<AgentClient*> listening_agent(Stage& stage) {
  if (!stage.agent_is_connected()) {
    GANTRY_TRY(const bool listens, agent_comes(stage));
    if (!listens) {
      if (const auto& say = stage.settings().progress) {
        say("no agent listens in the guest: its clones will all have the same identity\n");
      }
      return static_cast<AgentClient*>(nullptr);
    }
  }
  return stage.agent();
}

/// What has been written of a file before there was no room goes first.
Result<void> copy_anew(const fs::path& from, const fs::path& to) {
  GANTRY_CHECK(base::remove_tree(to));
  auto copied = copy_sparse(from, to);
  if (!copied) {
    static_cast<void>(base::remove_tree(to));
  }
  return copied;
}

/// Of a machine whose devices are saved, with its memory if that is in no file of its own. It
/// stands still, and nothing of it is lost if this fails.
Result<void> copy_memory_and_disks(const Machine& machine, const fs::path& directory) {
  if (!machine.memory.empty()) {
    GANTRY_CHECK(copy_anew(machine.memory, directory / kMemoryFile));
  }
  if (!machine.variables.empty()) {
    GANTRY_CHECK(copy_anew(machine.variables, directory / kVariablesFile));
  }
  for (const auto& image : machine.images) {
    GANTRY_CHECK(copy_anew(image, directory / image.filename()));
  }
  return {};
}

/// Steps may have ended who listened when the stage was ready.
Result<std::vector<std::uint16_t>> listening_of(Stage& stage,
                                                const std::vector<std::uint16_t>& ports) {
  auto& machine = stage.machine();
  GANTRY_TRY(const auto reader, ConsoleReader::start(*machine.console));
  std::vector<std::uint16_t> listening;
  for (const auto number : ports) {
    GANTRY_TRY(auto port, GuestPort::of(machine, number, stage.settings().timeout_factor));
    if (port.wait_until_listening(after(stage.scaled(kListenTime)))) {
      listening.push_back(number);
    }
  }
  return listening;
}

/// Whether a guest that has been saved answers on its console. What it does from now on is lost,
/// but for what a simulated drive keeps.
bool answers_on_console(Stage& stage) {
  auto& machine = stage.machine();
  if (!machine.drives.empty() || !machine.monitor->execute("cont")) {
    return false;
  }
  const auto answers = console_answers(machine, after(stage.scaled(kConsoleTime)));
  return answers && *answers;
}

/// They write their state when they end, which they may only when nobody uses them.
Result<void> end_drives(Machine& machine) {
  for (auto& drive : machine.drives) {
    GANTRY_CHECK(end_drive(drive));
  }
  return {};
}

Result<void> copy_drives(const Machine& machine, const fs::path& directory) {
  for (std::size_t i = 0; i < machine.drives.size(); ++i) {
    for (const auto& name : {drive_state_file(i), drive_data_file(i)}) {
      GANTRY_CHECK(copy_anew(machine.directory / name, directory / name));
    }
  }
  return {};
}

}  // namespace

Result<Witness> save_machine(Stage& stage, const fs::path& directory,
                             const std::vector<std::uint16_t>& ports) {
  auto& machine = stage.machine();
  stage.disconnect();
  GANTRY_CHECK(stage.detach());
  GANTRY_TRY(auto listening, listening_of(stage, ports));
  GANTRY_TRY(const auto left,
             wait_until_disconnected(machine, after(stage.scaled(kDisconnectTime))));
  if (!left.empty() && stage.settings().progress) {
    stage.settings().progress("warning: the guest is saved with a connection of the host's to " +
                              left + "\n");
  }
  GANTRY_TRY(auto* const agent, listening_agent(stage));
  Witness witness;
  if (agent != nullptr) {
    GANTRY_CHECK(agent->sync(true, after(stage.scaled(kSyncTime))));
    witness.agent = agent->welcome();
    stage.leave_agent();
  }
  const auto first_stop = std::chrono::steady_clock::now();
  GANTRY_CHECK(machine.monitor->execute("stop"));
  GANTRY_CHECK(leave_network(machine));
  GANTRY_CHECK(machine.monitor->execute("cont"));
  const auto stood_still = std::chrono::steady_clock::now() - first_stop;
  GANTRY_CHECK(machine.process->rest(after(kRest), "resting before it is saved"));
  const RoomWait wait{directory, stage.settings().room_patience, stage.settings().progress};
  GANTRY_CHECK(
      when_there_is_room(wait, [&] { return save_devices(machine, directory / kDevicesFile); }));
  machine.pause += std::chrono::duration_cast<std::chrono::microseconds>(stood_still);
  GANTRY_TRY(witness.registers, registers_of(*machine.monitor));
  GANTRY_CHECK(when_there_is_room(wait, [&] { return copy_memory_and_disks(machine, directory); }));
  witness.console = answers_on_console(stage);
  witness.listening = std::move(listening);
  // Reaped by us, which is what libvirt waits for.
  machine.process->kill();
  GANTRY_CHECK(end_drives(machine));
  GANTRY_CHECK(when_there_is_room(wait, [&] { return copy_drives(machine, directory); }));
  return witness;
}

Result<void> save_as_it_is(Machine& machine, const fs::path& directory) {
  GANTRY_CHECK(save_devices(machine, directory / kDevicesFile));
  GANTRY_CHECK(copy_memory_and_disks(machine, directory));
  machine.process->kill();
  GANTRY_CHECK(end_drives(machine));
  return copy_drives(machine, directory);
}

}  // namespace gantry::vm

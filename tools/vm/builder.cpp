#include "vm/builder.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "base/user_cache_place.hpp"
#include "vm/agent_client.hpp"
#include "vm/checkpoint_key.hpp"
#include "vm/clone.hpp"
#include "vm/console_script.hpp"
#include "vm/domain_xml.hpp"
#include "vm/hypervisor.hpp"
#include "vm/machine.hpp"
#include "vm/run_directory.hpp"
#include "vm/sparse_copy.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::chrono::seconds kAgentTime{30};

/// A machine on its way to a checkpoint, with what it runs in.
struct Stage {
  base::TempDir directory;
  base::TempDir memory;
  std::optional<Hypervisor> hypervisor;
  std::optional<Domain> domain;
  Machine machine;
  std::optional<AgentClient> agent;
};

std::chrono::milliseconds scaled(std::chrono::seconds time, double factor) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time * factor);
}

Result<Guest> read_guest(const fs::path& path, const Store& store) {
  GANTRY_TRY(const auto text, base::read_file(path));
  GANTRY_TRY(auto guest, parse_guest(text, path.native()));
  if (guest.disk) {
    GANTRY_TRY(guest.disk->path, store.bring_input(guest.disk->path));
  }
  for (auto* const file : {&guest.kernel, &guest.initrd}) {
    if (!file->empty()) {
      GANTRY_TRY(*file, store.bring_input(*file));
    }
  }
  return guest;
}

Result<Checkpoint> read_parent(const fs::path& path, const Store& store) {
  GANTRY_TRY(const auto text, base::read_file(path, 4096));
  const std::string key(base::trim(text));
  GANTRY_TRY(auto parent, store.find(key));
  if (!parent) {
    return base::Error{
        fmt::format("its checkpoint {} is not in {}", base::printable(key), store.root().native()),
        path.native(), "build the target that makes it"};
  }
  return *std::move(parent);
}

/// What libvirt finds out about the QEMUs of a machine takes it seconds.
fs::path capabilities_of(const Store& store) {
  const auto root = base::user_cache_root();
  return root && *root ? **root / "libvirt" : store.root() / "known" / "libvirt";
}

Result<void> boot(Stage& stage, const Guest& guest, const Platform& platform, const Store& store) {
  const auto& directory = stage.directory.path();
  GANTRY_TRY(stage.hypervisor,
             Hypervisor::open(directory / "v", stage.memory.path(), capabilities_of(store)));
  GANTRY_CHECK(stage.hypervisor->prepare(platform, guest.architecture));
  auto& machine = stage.machine;
  if (guest.disk) {
    machine.image = directory / kDiskFile;
    GANTRY_CHECK(base::run_checked(
        {.arguments = {"qemu-img", "create", "-q", "-f", "qcow2", "-F", guest.disk->format, "-b",
                       guest.disk->path.native(), machine.image.native()}}));
  }
  const Sockets sockets{directory / "console", directory / "agent"};
  GANTRY_TRY(stage.domain,
             stage.hypervisor->start(domain_xml(guest, platform, machine.image, sockets)));
  GANTRY_TRY(const int pid, stage.domain->pid());
  const auto log = directory / "v" / "log" / "qemu" / (guest.name + ".log");
  GANTRY_TRY(auto process, Process::adopt(pid, log));
  machine.directory = directory;
  machine.process = std::make_unique<Process>(std::move(process));
  GANTRY_TRY(const auto words, command_line_of(pid));
  GANTRY_TRY(machine.hardware, hardware_of(words));
  machine.monitor = stage.domain->monitor();
  GANTRY_TRY(auto socket, connect_to(sockets.console));
  GANTRY_TRY(auto console,
             Console::open(std::move(socket), *machine.process, directory / "console.log"));
  machine.console = std::make_unique<Console>(std::move(console));
  GANTRY_TRY(machine.agent, connect_to(sockets.agent));
  machine.memory = stage.memory.path();
  return {};
}

/// Connected when a step needs it first: a guest without an agent is fine until then.
Result<AgentClient*> agent_of(Stage& stage, double factor) {
  if (!stage.agent) {
    GANTRY_TRY(stage.agent,
               AgentClient::connect(std::move(stage.machine.agent), *stage.machine.process,
                                    after(scaled(kAgentTime, factor))));
  }
  return &*stage.agent;
}

Result<void> run_script(AgentClient& agent, const fs::path& file, Deadline deadline) {
  GANTRY_TRY(const auto script, base::read_file(file));
  GANTRY_TRY(const auto run, agent.run({{"sh", "-e"}, {}, {}, true}, script, deadline));
  if (run.exited.by_signal || run.exited.code != 0) {
    auto said = run.output + run.error_output;
    said.erase(0, said.size() - std::min<std::size_t>(said.size(), 2000));
    return base::Error{
        fmt::format("the script ended by {} {}{}{}", run.exited.by_signal ? "signal" : "exit code",
                    run.exited.code, said.empty() ? "" : "; the last that it said:\n",
                    base::trim(said)),
        file.native(), ""};
  }
  return {};
}

Result<void> do_step(Stage& stage, const Step& step, const CheckpointSpec& spec, double factor) {
  const auto deadline = after(scaled(spec.timeout, factor));
  if (step.kind == Step::Kind::kConsole) {
    GANTRY_TRY(const auto text, base::read_file(step.file));
    GANTRY_TRY(const auto script, ConsoleScript::parse(text, step.file.native()));
    return script.run(*stage.machine.console, factor);
  }
  GANTRY_TRY(auto* const agent, agent_of(stage, factor));
  if (step.kind == Step::Kind::kAgent) {
    return run_script(*agent, step.file, deadline);
  }
  const auto permissions = fs::status(step.file).permissions();
  const bool program = (permissions & fs::perms::owner_exec) != fs::perms::none;
  agent::PutFile target;
  target.path = step.destination;
  target.mode = program ? 0755 : 0644;
  return agent->put_file(step.file, target, deadline);
}

Result<fs::path> memory_file(const fs::path& directory) {
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      return entry.path();
    }
  }
  return base::Error{"libvirt has made no file for the guest's memory", directory.native(), ""};
}

Result<void> save(Stage& stage, const fs::path& work) {
  auto& machine = stage.machine;
  if (stage.agent) {
    GANTRY_CHECK(stage.agent->sync(true, after(kAgentTime)));
  }
  GANTRY_CHECK(save_devices(machine, work / kDevicesFile));
  GANTRY_TRY(const auto memory, memory_file(stage.memory.path()));
  GANTRY_CHECK(copy_sparse(memory, work / kMemoryFile));
  // Reaped by us, which is what libvirt waits for.
  machine.process->kill();
  if (!machine.image.empty()) {
    GANTRY_CHECK(copy_sparse(machine.image, work / kDiskFile));
  }
  return {};
}

Result<void> go_through(Stage& stage, const CheckpointSpec& spec, double factor) {
  if (!spec.ready.empty()) {
    GANTRY_TRY(const auto pattern, Pattern::compile(spec.ready));
    GANTRY_CHECK(stage.machine.console->expect(pattern, after(scaled(spec.timeout, factor))));
  }
  for (const auto& step : spec.steps) {
    GANTRY_CHECK(do_step(stage, step, spec, factor));
  }
  return {};
}

}  // namespace

Result<Built> build_checkpoint(const CheckpointSpec& spec, const Platform& platform,
                               const Store& store, const BuildOptions& options) {
  Checkpoint checkpoint;
  std::optional<SavedState> before;
  if (spec.parent.empty()) {
    GANTRY_TRY(checkpoint.guest, read_guest(spec.guest, store));
  } else {
    GANTRY_TRY(const auto parent, read_parent(spec.parent, store));
    GANTRY_CHECK(check_same_platform(parent.platform, platform));
    GANTRY_TRY(before, store.state_of(parent));
    checkpoint.guest = parent.guest;
    checkpoint.parent = parent.key;
    checkpoint.hardware = parent.hardware;
  }
  checkpoint.name = spec.name;
  checkpoint.platform = platform;
  GANTRY_TRY(checkpoint.key, checkpoint_key(spec, checkpoint.guest, platform, checkpoint.parent));
  GANTRY_TRY(auto found, store.find(checkpoint.key));
  if (found) {
    return Built{*std::move(found), true};
  }
  GANTRY_TRY(auto directory, make_run_directory());
  GANTRY_TRY(auto memory, make_memory_directory(checkpoint.guest.memory, store.root() / "work"));
  Stage stage{std::move(directory), std::move(memory), {}, {}, {}, {}};
  if (before) {
    GANTRY_TRY(stage.machine, resume(*before, {stage.directory.path(), true, stage.memory.path()}));
  } else {
    GANTRY_CHECK(boot(stage, checkpoint.guest, platform, store));
    checkpoint.hardware = stage.machine.hardware;
  }
  GANTRY_CHECK(go_through(stage, spec, options.timeout_factor));
  GANTRY_TRY(auto work, store.work());
  GANTRY_CHECK(save(stage, work.path()));
  GANTRY_CHECK(store.commit(checkpoint, std::move(work)));
  return Built{std::move(checkpoint), false};
}

}  // namespace gantry::vm

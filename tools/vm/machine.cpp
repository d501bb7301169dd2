#include "vm/machine.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.hpp"
#include "vm/checkpoint.hpp"
#include "vm/overlay.hpp"
#include "vm/ports.hpp"
#include "vm/qmp.hpp"
#include "vm/shares.hpp"
#include "vm/simulated_drive.hpp"
#include "vm/sparse_copy.hpp"
#include "vm/tpm.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::chrono::seconds kStartTime{60};

constexpr const char* kWithoutMemory = "x-ignore-shared";

/// Memory that is in a file of its own stays out of the stream. Nothing: this QEMU cannot do that.
/// One that has done it once does it until it is told not to.
std::string capabilities(std::optional<bool> without_memory) {
  auto wanted = json::array({{{"capability", "events"}, {"state", true}}});
  if (without_memory) {
    wanted.push_back({{"capability", kWithoutMemory}, {"state", *without_memory}});
  }
  return json{{"capabilities", std::move(wanted)}}.dump();
}

Result<bool> can_leave_memory_out(Monitor& monitor) {
  GANTRY_TRY(const auto known, monitor.execute("query-migrate-capabilities"));
  return std::any_of(known.begin(), known.end(), [](const json& capability) {
    return capability.is_object() && capability.value("capability", json()) == kWithoutMemory;
  });
}

/// A file of zeroes, which takes no room.
Result<void> make_hole(const fs::path& path, std::uint64_t size) {
  GANTRY_TRY(const Fd file, base::open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return ftruncate(file.get(), static_cast<off_t>(size)) == 0
             ? Result<void>()
             : base::errno_error("set the size of", path);
}

Result<sockaddr_un> address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return base::Error{
        fmt::format("the path of a socket is longer than {} bytes", sizeof address.sun_path - 1),
        path.native(),
        "set XDG_RUNTIME_DIR to a directory with a shorter path, or unset it to use /tmp"};
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

}  // namespace

Result<Fd> connect_to(const fs::path& path) {
  GANTRY_TRY(const auto address, address_of(path));
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return base::errno_error("connect to", path);
  }
  return fd;
}

Result<Fd> listen_on(const fs::path& path) {
  GANTRY_TRY(const auto address, address_of(path));
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd.get(), 1) != 0) {
    return base::errno_error("listen on", path);
  }
  return fd;
}

Result<Channel> Channel::open(const fs::path& path) {
  Channel channel;
  GANTRY_TRY(channel.listening, listen_on(path));
  GANTRY_TRY(channel.connected, connect_to(path));
  return channel;
}

namespace {

Result<std::vector<fs::path>> make_overlays(const fs::path& directory,
                                            const std::vector<Disk>& disks) {
  std::vector<fs::path> images;
  for (const auto& disk : disks) {
    auto path = directory / disk_file(images.size());
    GANTRY_CHECK(create_overlay(path, disk));
    images.push_back(std::move(path));
  }
  return images;
}

/// QEMU tells every guest that goes on of its generation, of the same one, too, and to find that
/// out the guest runs its interpreter of ACPI. So the event is taken back: bit 5 of the byte at
/// which the chipset (ICH9, where QEMU's firmwares put it) says what has happened (GPE0_STS).
Result<void> take_back_generation(Qmp& monitor, const Hardware& hardware) {
  if (!generation_of(hardware).empty()) {
    GANTRY_CHECK(monitor.execute("human-monitor-command", R"({"command-line":"o/b 0x620 0x20"})"));
  }
  return {};
}

/// QEMU knows which ports a restored guest has open only once the guest's clock goes on, from a
/// timer of that clock: a question that comes right after "cont" is answered before.
Result<void> wait_for_agent_port(Qmp& monitor, const Hardware& hardware) {
  if (!hardware.agent.empty()) {
    GANTRY_CHECK(monitor.wait_for_event("VSERPORT_CHANGE", after(kStartTime)));
  }
  return {};
}

}  // namespace

Result<void> prepare(Machine& machine, const SavedState& state) {
  std::vector<Disk> newest;
  for (const auto& chain : state.disks) {
    newest.push_back(chain.front());
  }
  GANTRY_TRY(machine.images, make_overlays(machine.directory, newest));
  if (state.guest.firmware != FirmwareKind::kBios) {
    machine.variables = machine.directory / kVariablesFile;
    GANTRY_CHECK(copy_sparse(state.variables, machine.variables));
  }
  if (state.guest.tpm) {
    GANTRY_TRY(auto tpm, start_tpm(machine.directory));
    machine.tpm = std::make_unique<Process>(std::move(tpm));
  }
  for (const auto& device : state.guest.devices) {
    GANTRY_TRY(auto drive,
               start_drive(device, machine.drives.size(), machine.directory, state.drives));
    machine.drives.push_back(std::move(drive));
  }
  return {};
}

Result<void> take_up(Qmp& monitor, Process& process, const SavedState& state,
                     const std::string& uri) {
  GANTRY_CHECK(
      monitor.execute("migrate-set-capabilities",
                      capabilities(state.memory.empty() ? std::nullopt : std::optional(true))));
  GANTRY_CHECK(monitor.execute("migrate-incoming", json{{"uri", uri}}.dump()));
  const auto deadline = after(kStartTime);
  for (;;) {
    GANTRY_TRY(const auto event, monitor.wait_for_event("MIGRATION", deadline));
    const auto status = event.value("status", json());
    if (status == "completed") {
      break;
    }
    if (status == "failed") {
      return process.wait_for_end(after(std::chrono::seconds(5)))
                 ? process.obituary("taking up the saved state")
                 : base::Error{"QEMU cannot take up the saved state", "", ""};
    }
  }
  return {};
}

Result<Fd> connect_to_agent(Machine& machine) {
  if (machine.agent.empty()) {
    return base::Error{"the machine has no port for the agent", "", ""};
  }
  auto socket = connect_to(machine.agent);
  return !socket && machine.process->wait_for_end(after(std::chrono::seconds(1)))
             ? machine.process->obituary("connecting to its agent")
             : std::move(socket);
}

Result<Machine> resume(const SavedState& state, const ResumeOptions& options) {
  GANTRY_CHECK(check_shares(state.guest.shares));
  Machine machine;
  machine.directory = options.directory;
  machine.hardware = state.hardware;
  machine.lease = state.lease;
  machine.ports = state.guest.ports;
  GANTRY_TRY(Channel monitor, Channel::open(machine.directory / "monitor"));
  GANTRY_TRY(Channel console, Channel::open(machine.directory / "console"));
  const auto agent_path = machine.directory / "agent";
  GANTRY_TRY(const Fd agent, listen_on(agent_path));
  Backends backends;
  backends.name = state.guest.name;
  backends.console_log =
      options.console_log.empty() ? machine.directory / "console.log" : options.console_log;
  backends.memory = state.memory;
  backends.disks = state.disks;
  backends.ports = machine.ports;
  backends.monitor = monitor.listening.get();
  backends.console = console.listening.get();
  backends.agent = agent.get();
  if (options.to_save || state.memory.empty()) {
    backends.memory =
        (options.to_save ? options.memory_directory : options.directory) / kMemoryFile;
    GANTRY_CHECK(state.memory.empty() ? make_hole(backends.memory, state.guest.memory)
                                      : copy_sparse(state.memory, backends.memory));
  }
  if (options.to_save) {
    machine.memory = backends.memory;
    backends.share_memory = true;
  }
  GANTRY_CHECK(prepare(machine, state));
  backends.variables = machine.variables;
  backends.tpm = tpm_socket(machine.directory);
  for (std::size_t i = 0; i < machine.images.size(); ++i) {
    backends.disks[i].insert(backends.disks[i].begin(), Disk{machine.images[i], "qcow2"});
  }
  for (std::size_t i = 0; i < machine.drives.size(); ++i) {
    backends.drives.push_back(drive_socket(machine.directory, i));
  }
  GANTRY_TRY(const Fd devices, base::open_file(state.devices, O_RDONLY | O_CLOEXEC));
  const auto log = machine.directory / "qemu.log";
  GANTRY_TRY(
      auto process,
      Process::start({resuming_command_line(state.guest, state.platform, state.hardware, backends),
                      log,
                      {backends.monitor, backends.console, backends.agent, devices.get()}}));
  machine.process = std::make_unique<Process>(std::move(process));
  GANTRY_TRY(auto qmp,
             Qmp::open(std::move(monitor.connected), *machine.process, after(kStartTime)));
  auto own = std::make_unique<Qmp>(std::move(qmp));
  GANTRY_CHECK(take_up(*own, *machine.process, state, fmt::format("fd:{}", devices.get())));
  if (!options.another) {
    GANTRY_CHECK(take_back_generation(*own, state.hardware));
  }
  // Once it runs, QEMU answers between what it does for its guest.
  GANTRY_CHECK(find_ports(machine.ports, *own));
  if (!options.paused) {
    GANTRY_CHECK(own->execute("cont"));
    GANTRY_CHECK(wait_for_agent_port(*own, state.hardware));
  }
  machine.monitor = std::move(own);
  GANTRY_TRY(auto opened, Console::open(std::move(console.connected), *machine.process,
                                        backends.console_log, Console::Logger::kProcess));
  machine.console = std::make_unique<Console>(std::move(opened));
  if (!state.hardware.agent.empty()) {
    machine.agent = agent_path;
  }
  return machine;
}

Result<void> leave_network(Machine& machine) {
  auto& network = machine.hardware.network;
  if (network.empty()) {
    return {};
  }
  const auto link = [&](const std::string& name, bool up) {
    return machine.monitor->execute("set_link", json{{"name", name}, {"up", up}}.dump());
  };
  // QEMU takes the device off the line with its backend, and every guest that goes on would hear of
  // it. The backend, which is but half gone then, is off the line for good.
  GANTRY_CHECK(link(network, false));
  GANTRY_CHECK(machine.monitor->execute("netdev_del", json{{"id", network}}.dump()));
  network.clear();  // saving may be tried again
  GANTRY_CHECK(link(network_device(machine.hardware), true));
  return {};
}

Result<void> save_devices(Machine& machine, const fs::path& path) {
  GANTRY_TRY(const Fd file, base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC));
  auto& monitor = *machine.monitor;
  GANTRY_TRY(const bool can, can_leave_memory_out(monitor));
  if (!can) {
    machine.memory.clear();
  }
  GANTRY_CHECK(
      monitor.execute("migrate-set-capabilities",
                      capabilities(can ? std::optional(!machine.memory.empty()) : std::nullopt)));
  GANTRY_CHECK(monitor.execute("migrate-set-parameters", R"({"max-bandwidth":1125899906842624})"));
  GANTRY_CHECK(monitor.execute_with(file.get(), "getfd", R"({"fdname":"state"})"));
  // QEMU saves no machine a second time that has not gone on since.
  GANTRY_TRY(const auto before, monitor.execute("query-status"));
  if (before.value("status", json()) == "postmigrate") {
    GANTRY_CHECK(monitor.execute("cont"));
  }
  const auto stop = std::chrono::steady_clock::now();
  GANTRY_CHECK(monitor.execute("stop"));
  GANTRY_CHECK(leave_network(machine));
  GANTRY_CHECK(monitor.execute("migrate", R"({"uri":"fd:state"})"));
  const auto deadline = after(kStartTime);
  for (;;) {
    GANTRY_TRY(const auto answer, monitor.execute("query-migrate"));
    const auto status = answer.value("status", json());
    if (status == "completed") {
      break;
    }
    if (status == "failed" || status == "cancelled" ||
        std::chrono::steady_clock::now() > deadline) {
      return base::Error{fmt::format("QEMU cannot save the state of its devices: {}",
                                     base::printable(answer.dump())),
                         path.native(), "is there room on that file system?"};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  machine.pause = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - stop);
  if (fsync(file.get()) != 0) {
    return base::errno_error("write", path);
  }
  return {};
}

}  // namespace gantry::vm

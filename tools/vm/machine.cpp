#include "vm/machine.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/process.hpp"
#include "base/text.hpp"
#include "vm/qmp.hpp"
#include "vm/sparse_copy.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::chrono::seconds kStartTime{60};

/// Memory that is shared stays out of the stream: it is in its file already.
constexpr const char* kCapabilities =
    R"({"capabilities":[{"capability":"x-ignore-shared","state":true},)"
    R"({"capability":"events","state":true}]})";

Result<sockaddr_un> address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return base::Error{
        fmt::format("the path of a socket is longer than {} bytes", sizeof address.sun_path - 1),
        path.native(), "choose a shorter directory by --run-dir"};
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

Result<fs::path> make_overlay(const fs::path& directory, const Disk& base) {
  auto path = directory / "disk.qcow2";
  GANTRY_TRY(
      const auto made,
      base::run_checked({.arguments = {"qemu-img", "create", "-q", "-f", "qcow2", "-F", base.format,
                                       "-b", fs::absolute(base.path).native(), path.native()}}));
  static_cast<void>(made);
  return path;
}

/// The ports that the host has given, as QEMU lists them: "TCP[HOST_FORWARD]  12  127.0.0.1 34567
/// 10.0.2.15 22 0 0".
Result<void> find_ports(Machine& machine) {
  if (machine.ports.empty()) {
    return {};
  }
  GANTRY_TRY(const auto listing, machine.monitor->execute("human-monitor-command",
                                                          R"({"command-line":"info usernet"})"));
  const auto text = listing.is_string() ? listing.get<std::string>() : std::string();
  for (const auto line : base::split(text, '\n')) {
    std::vector<std::string_view> words;
    for (const auto word : base::split(line, ' ')) {
      if (const auto trimmed = base::trim(word); !trimmed.empty()) {
        words.push_back(trimmed);
      }
    }
    if (words.size() < 6 || words[0] != "TCP[HOST_FORWARD]") {
      continue;
    }
    const auto host = base::parse_unsigned(words[3]);
    const auto guest = base::parse_unsigned(words[5]);
    for (auto& port : machine.ports) {
      if (host && guest && port.host == 0 && port.guest == *guest) {
        port.host = static_cast<std::uint16_t>(*host);
        break;
      }
    }
  }
  for (const auto& port : machine.ports) {
    if (port.host == 0) {
      return base::Error{fmt::format("QEMU does not say where port {} of the guest is", port.guest),
                         "", ""};
    }
  }
  return {};
}

Result<void> load(Machine& machine, Qmp& monitor, const fs::path& devices) {
  GANTRY_TRY(const Fd file, base::open_file(devices, O_RDONLY | O_CLOEXEC));
  GANTRY_CHECK(monitor.execute("migrate-set-capabilities", kCapabilities));
  GANTRY_CHECK(monitor.execute_with(file.get(), "getfd", R"({"fdname":"state"})"));
  GANTRY_CHECK(monitor.execute("migrate-incoming", R"({"uri":"fd:state"})"));
  const auto deadline = after(kStartTime);
  for (;;) {
    GANTRY_TRY(const auto event, monitor.wait_for_event("MIGRATION", deadline));
    const auto status = event.value("status", json());
    if (status == "completed") {
      break;
    }
    if (status == "failed") {
      return machine.process->wait_for_end(after(std::chrono::seconds(5)))
                 ? machine.process->obituary("taking up the saved state")
                 : base::Error{"QEMU cannot take up the saved state", "", ""};
    }
  }
  GANTRY_CHECK(monitor.execute("cont"));
  return {};
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

Result<Channel> Channel::open(const fs::path& path) {
  GANTRY_TRY(const auto address, address_of(path));
  Channel channel;
  channel.listening = Fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!channel.listening ||
      bind(channel.listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      listen(channel.listening.get(), 1) != 0) {
    return base::errno_error("listen on", path);
  }
  GANTRY_TRY(channel.connected, connect_to(path));
  return channel;
}

Result<Machine> resume(const SavedState& state, const ResumeOptions& options) {
  Machine machine;
  machine.directory = options.directory;
  machine.hardware = state.hardware;
  machine.ports = state.guest.ports;
  GANTRY_TRY(Channel monitor, Channel::open(machine.directory / "monitor"));
  GANTRY_TRY(Channel console, Channel::open(machine.directory / "console"));
  GANTRY_TRY(Channel agent, Channel::open(machine.directory / "agent"));
  Backends backends;
  backends.name = state.guest.name;
  backends.memory = state.memory;
  backends.images = state.images;
  backends.ports = machine.ports;
  backends.monitor = monitor.listening.get();
  backends.console = console.listening.get();
  backends.agent = agent.listening.get();
  if (options.to_save) {
    machine.memory = options.memory_directory / "ram";
    GANTRY_CHECK(copy_sparse(state.memory, machine.memory));
    backends.memory = machine.memory;
    backends.share_memory = true;
  }
  if (!state.images.empty()) {
    GANTRY_TRY(machine.image, make_overlay(machine.directory, state.images.front()));
    backends.images.insert(backends.images.begin(), Disk{machine.image, "qcow2"});
  }
  const auto log = machine.directory / "qemu.log";
  GANTRY_TRY(
      auto process,
      Process::start({resuming_command_line(state.guest, state.platform, state.hardware, backends),
                      log,
                      {backends.monitor, backends.console, backends.agent}}));
  machine.process = std::make_unique<Process>(std::move(process));
  GANTRY_TRY(auto qmp,
             Qmp::open(std::move(monitor.connected), *machine.process, after(kStartTime)));
  auto own = std::make_unique<Qmp>(std::move(qmp));
  GANTRY_CHECK(load(machine, *own, state.devices));
  machine.monitor = std::move(own);
  GANTRY_TRY(auto opened, Console::open(std::move(console.connected), *machine.process,
                                        machine.directory / "console.log"));
  machine.console = std::make_unique<Console>(std::move(opened));
  if (!state.hardware.agent.empty()) {
    machine.agent = std::move(agent.connected);
  }
  GANTRY_CHECK(find_ports(machine));
  return machine;
}

Result<void> save_devices(Machine& machine, const fs::path& path) {
  GANTRY_TRY(const Fd file, base::open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC));
  auto& monitor = *machine.monitor;
  GANTRY_CHECK(monitor.execute("migrate-set-capabilities", kCapabilities));
  GANTRY_CHECK(monitor.execute("migrate-set-parameters", R"({"max-bandwidth":1125899906842624})"));
  GANTRY_CHECK(monitor.execute_with(file.get(), "getfd", R"({"fdname":"state"})"));
  GANTRY_CHECK(monitor.execute("stop"));
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
  if (fsync(file.get()) != 0) {
    return base::errno_error("write", path);
  }
  return {};
}

}  // namespace gantry::vm

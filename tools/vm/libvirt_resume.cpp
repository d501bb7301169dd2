#include "vm/libvirt_resume.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "vm/domain_machine.hpp"
#include "vm/domain_xml.hpp"
#include "vm/hypervisor.hpp"
#include "vm/ports.hpp"
#include "vm/qmp.hpp"
#include "vm/shares.hpp"
#include "vm/simulated_drive.hpp"
#include "vm/sparse_copy.hpp"
#include "vm/tpm.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::chrono::seconds kStartTime{60};

/// Arguments without the names of what is on the host's side, which libvirt counts, and without the
/// machine's own: a daemon runs no two domains of the same UUID.
std::vector<std::string> told_to_guest(const Hardware& hardware) {
  std::vector<std::string> words;
  for (const auto& argument : hardware.arguments) {
    auto device = json::parse(argument, nullptr, false);
    if (device.is_object()) {
      device.erase("drive");
    }
    const bool is_uuid = !words.empty() && words.back() == "-uuid";
    words.push_back(is_uuid ? "" : (device.is_object() ? device.dump() : argument));
  }
  return words;
}

/// QEMU would take several of the differences, and the guest go wrong.
Result<void> check_same_hardware(const Hardware& saved, const Hardware& here) {
  auto then = told_to_guest(saved);
  auto now = told_to_guest(here);
  const auto words = std::max(then.size(), now.size());
  then.resize(words, "nothing");
  now.resize(words, "nothing");
  const auto [was, is] = std::mismatch(then.begin(), then.end(), now.begin());
  if (was == then.end()) {
    return {};
  }
  return base::Error{
      fmt::format("libvirt makes another machine of it than the one that was saved: {}, which was "
                  "{}",
                  base::printable(*is), base::printable(*was)),
      "",
      "another version of libvirt made the checkpoint: build it again, or do without --connect"};
}

}  // namespace

Result<Machine> resume_under_libvirt(const std::string& uri, const SavedState& state,
                                     const fs::path& directory) {
  GANTRY_CHECK(check_shares(state.guest.shares));
  GANTRY_TRY(const auto hypervisor, Hypervisor::connect(uri));
  Machine machine;
  machine.directory = directory;
  machine.lease = state.lease;
  GANTRY_CHECK(prepare(machine, state));
  HostFiles host{machine.images,
                 machine.variables,
                 directory / "console",
                 directory / "agent",
                 tpm_socket(directory),
                 {},
                 domain_name(state.guest.name, directory),
                 hypervisor.user()};
  for (std::size_t i = 0; i < machine.drives.size(); ++i) {
    host.drives.push_back(drive_socket(directory, i));
  }
  const GoingOn going_on{generation_of(state.hardware), state.disks, directory / "console.log",
                         directory / "monitor"};
  GANTRY_TRY(auto domain,
             hypervisor.start(domain_xml(state.guest, state.platform, host, &going_on), true));
  machine.domain = std::make_shared<Domain>(std::move(domain));
  GANTRY_CHECK(
      take_over(machine, *machine.domain, host, going_on.console_log, Console::Logger::kProcess));
  GANTRY_CHECK(check_same_hardware(state.hardware, machine.hardware));
  if (!state.memory.empty()) {
    GANTRY_CHECK(fill_sparse(state.memory, machine.memory));
  }
  GANTRY_TRY(auto socket, connect_to(going_on.monitor));
  GANTRY_TRY(auto qmp, Qmp::open(std::move(socket), *machine.process, after(kStartTime)));
  GANTRY_TRY(const base::Fd devices, base::open_file(state.devices, O_RDONLY | O_CLOEXEC));
  GANTRY_CHECK(qmp.execute_with(devices.get(), "getfd", R"({"fdname":"state"})"));
  GANTRY_CHECK(take_up(qmp, *machine.process, state, "fd:state"));
  GANTRY_CHECK(forward_ports(machine, state.guest.ports));
  GANTRY_CHECK(qmp.execute("cont"));
  machine.monitor = std::make_unique<Qmp>(std::move(qmp));
  machine.memory.clear();
  return machine;
}

}  // namespace gantry::vm

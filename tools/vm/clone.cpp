#include "vm/clone.hpp"

#include <array>
#include <cstdint>
#include <span>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/libvirt_resume.hpp"
#include "vm/random.hpp"
#include "vm/run_directory.hpp"
#include "vm/shares.hpp"
#include "vm/verification.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::chrono::seconds kAgentTime{30};
constexpr std::chrono::seconds kShareTime{60};
constexpr std::size_t kSeed = 64;

}  // namespace

Result<void> check_same_platform(const Platform& saved, const Platform& here) {
  const std::array<std::array<std::string_view, 3>, 5> parts{
      {{"accelerator", saved.accelerator, here.accelerator},
       {"type of machine", saved.machine, here.machine},
       {"CPU", saved.cpu, here.cpu},
       {"vendor of the processor", saved.cpu_vendor, here.cpu_vendor},
       {"version of QEMU", saved.qemu_version, here.qemu_version}}};
  for (const auto& [what, then, now] : parts) {
    if (then != now) {
      return base::Error{fmt::format("the checkpoint was saved with another {}: {}, and here is {}",
                                     what, base::printable(then), base::printable(now)),
                         "", "build it again on this machine"};
    }
  }
  return {};
}

Result<Clone> Clone::start(const SavedState& state, const Platform& platform, Being being,
                           const std::filesystem::path& console_log, const std::string& libvirt) {
  GANTRY_CHECK(check_same_platform(state.platform, platform));
  GANTRY_TRY(auto directory, make_run_directory());
  auto here = state;
  here.platform = platform;
  if (being == Being::kItsOwn) {
    GANTRY_TRY(const auto generation, base::read_file("/proc/sys/kernel/random/uuid", 4096));
    set_generation(here.hardware.arguments, base::trim(generation));
  }
  GANTRY_TRY(
      auto machine,
      libvirt.empty()
          ? resume(here, {directory.path(), false, {}, console_log, false, being == Being::kItsOwn})
          : resume_under_libvirt(libvirt, here, directory.path()));
  Clone clone(std::move(directory), std::move(machine));
  if (being == Being::kItsOwn) {
    GANTRY_CHECK(clone.become_another());
    if (clone.agent_) {
      GANTRY_CHECK(attach_shares(*clone.agent_, state.guest.shares, after(kShareTime)));
    }
  }
  return clone;
}

void Clone::let_go_of_sockets() {
  agent_.reset();
  machine_.console.reset();
  machine_.monitor.reset();
}

Result<void> Clone::become_another() {
  if (machine_.agent.empty()) {
    return {};
  }
  GANTRY_TRY(const bool listens, agent_listens(machine_));
  if (!listens) {
    return {};
  }
  GANTRY_TRY(auto socket, connect_to_agent(machine_));
  GANTRY_TRY(agent_, AgentClient::connect(std::move(socket), *machine_.process, after(kAgentTime)));
  GANTRY_TRY(const auto seed, random_bytes<kSeed>());
  GANTRY_TRY(const auto id, random_bytes<16>());
  agent::Identity identity;
  identity.clock = wall_clock();
  identity.seed.assign(seed.begin(), seed.end());
  identity.machine_id = base::to_hex(id);
  identity.host_name = fmt::format("guest-{}", identity.machine_id.substr(0, 8));
  // Of those that are free for anybody (locally administered), as QEMU's own are.
  identity.mac_addresses.push_back({0x52, 0x54, 0x00, id[0], id[1], id[2]});
  GANTRY_TRY(const auto failures, agent_->set_identity(identity, after(kAgentTime)));
  if (!failures.empty()) {
    return base::Error{fmt::format("the guest could not be made one of its own: {}",
                                   base::printable(failures.front().what)),
                       "", ""};
  }
  return {};
}

}  // namespace gantry::vm

#include "vm/builder.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "base/user_cache_place.hpp"
#include "vm/admission.hpp"
#include "vm/checkpoint_key.hpp"
#include "vm/clone.hpp"
#include "vm/domain_machine.hpp"
#include "vm/domain_xml.hpp"
#include "vm/firmware.hpp"
#include "vm/hypervisor.hpp"
#include "vm/instance.hpp"
#include "vm/keeping.hpp"
#include "vm/machine.hpp"
#include "vm/ports.hpp"
#include "vm/ready.hpp"
#include "vm/renewal.hpp"
#include "vm/run_directory.hpp"
#include "vm/saving.hpp"
#include "vm/screen_recording.hpp"
#include "vm/shares.hpp"
#include "vm/simulated_drive.hpp"
#include "vm/space.hpp"
#include "vm/stage.hpp"
#include "vm/steps.hpp"
#include "vm/tpm.hpp"
#include "vm/verification.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

/// A machine that is built, with what it runs in.
struct Site {
  base::TempDir directory;
  base::TempDir memory;
  fs::path recording;
  std::optional<Hypervisor> hypervisor;
  std::optional<Domain> domain;
  Machine machine;
};

/// Where what is kept of the last build of a checkpoint is found, whether it went well or not.
Result<fs::path> make_recording(const Store& store, const std::string& name) {
  const auto path = store.root() / "recordings" / name;
  GANTRY_CHECK(base::remove_tree(path));
  GANTRY_CHECK(base::make_directories(path));
  return path;
}

Result<Guest> read_guest(const fs::path& path, const Store& store) {
  GANTRY_TRY(const auto text, base::read_file(path));
  GANTRY_TRY(auto guest, parse_guest(text, path.native()));
  GANTRY_CHECK(find_firmware(guest));
  if (!guest.devices.empty()) {
    GANTRY_TRY(guest.simulator, simulator_version());
  }
  for (auto* const file : files_of(guest)) {
    GANTRY_TRY(*file, store.bring_input(*file));
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

Result<void> boot(Site& site, const Guest& guest, const Platform& platform, const Store& store,
                  const std::string& libvirt) {
  const auto& directory = site.directory.path();
  GANTRY_CHECK(check_shares(guest.shares));
  GANTRY_TRY(site.hypervisor,
             libvirt.empty()
                 ? Hypervisor::open(directory / "v", site.memory.path(), capabilities_of(store))
                 : Hypervisor::connect(libvirt));
  GANTRY_CHECK(site.hypervisor->prepare(platform, guest.architecture));
  auto& machine = site.machine;
  machine.directory = directory;
  SavedState fresh;
  fresh.guest = guest;
  fresh.variables = guest.firmware_variables;
  for (const auto& disk : guest.disks) {
    fresh.disks.push_back({disk});
  }
  GANTRY_CHECK(prepare(machine, fresh));
  HostFiles host{machine.images,
                 machine.variables,
                 directory / "console",
                 directory / "agent",
                 tpm_socket(directory),
                 {},
                 domain_name(guest.name, directory),
                 site.hypervisor->user()};
  for (std::size_t i = 0; i < machine.drives.size(); ++i) {
    host.drives.push_back(drive_socket(directory, i));
  }
  GANTRY_TRY(site.domain, site.hypervisor->start(domain_xml(guest, platform, host)));
  GANTRY_CHECK(take_over(machine, *site.domain, host, site.recording / "console.log"));
  GANTRY_CHECK(forward_ports(machine, guest.ports));
  return {};
}

/// What its disks are likely to grow by: as much as in the stage before, or a little.
std::vector<SpaceNeed> needs_of(const Checkpoint& checkpoint, const Store& store,
                                const fs::path& run, const fs::path& memory) {
  constexpr std::uint64_t kLittle = std::uint64_t{16} << 20;
  std::uint64_t disks = 0;
  for (std::size_t i = 0; i < checkpoint.guest.disks.size(); ++i) {
    std::error_code failure;
    const auto size = fs::file_size(store.directory_of(checkpoint.parent) / disk_file(i), failure);
    disks += failure || checkpoint.parent.empty() ? kLittle : std::max(size, kLittle);
  }
  std::vector<SpaceNeed> needs{{"to save the memory", store.root(), checkpoint.guest.memory},
                               {"to save the disks", store.root(), disks},
                               {"for its disks", run, disks},
                               {"for its memory", memory, checkpoint.guest.memory}};
  std::erase_if(needs, [](const SpaceNeed& need) { return need.bytes == 0; });
  return needs;
}

/// QEMU stops a guest whose disk cannot grow, which the guest does not see.
base::Error explained(Site& site, base::Error error) {
  auto& machine = site.machine;
  if (base::interrupted() || machine.process->wait_for_end(after(std::chrono::seconds(0)))) {
    return error;
  }
  const auto status = machine.monitor->execute("query-status");
  if (status && status->value("status", nlohmann::json()) == "io-error") {
    error.what += fmt::format(
        "; the guest was stopped, since its disk could not be written: {} is left in {}",
        base::format_bytes(room_in(machine.directory)), machine.directory.native());
  }
  return error;
}

Result<void> go_through(Stage& stage, const CheckpointSpec& spec) {
  std::optional<ScreenRecording> recording;
  if (spec.record_screen) {
    GANTRY_TRY(auto started,
               ScreenRecording::start(stage.machine(), stage.settings().recording / "screen.webm"));
    recording.emplace(std::move(started));
  }
  GANTRY_CHECK(wait_until_ready(stage, spec.ready));
  if (!stage.settings().shares.empty()) {
    GANTRY_TRY(auto* const agent, stage.agent());
    GANTRY_CHECK(attach_shares(*agent, stage.settings().shares, stage.deadline()));
  }
  return do_steps(stage, spec.steps);
}

/// Nothing if it is to be built, by this process alone.
Result<std::optional<Built>> find_or_fetch(const std::string& key, const Store& store,
                                           const BuildOptions& options) {
  GANTRY_TRY(auto found, store.find(key));
  if (!found) {
    GANTRY_CHECK(store.reserve(key, [&options] {
      if (options.progress) {
        options.progress("another process builds it: waiting\n");
      }
    }));
    GANTRY_TRY(found, store.find(key));
  }
  const bool cached = found.has_value();
  if (!cached && options.fetch && options.fetch(key)) {
    GANTRY_TRY(found, store.find(key));
  }
  if (found && !found->parent.empty()) {
    GANTRY_CHECK(store.parent_of(*found));
  }
  return found ? std::optional(Built{*std::move(found), cached, !cached}) : std::nullopt;
}

}  // namespace

Result<std::string> architecture_of(const CheckpointSpec& spec, const Store& store) {
  if (!spec.parent.empty()) {
    GANTRY_TRY(const auto parent, read_parent(spec.parent, store));
    return parent.guest.architecture;
  }
  GANTRY_TRY(const auto text, base::read_file(spec.guest));
  GANTRY_TRY(const auto guest, parse_guest(text, spec.guest.native()));
  return guest.architecture;
}

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
    checkpoint.parent_build = build_of(parent);
    checkpoint.hardware = parent.hardware;
  }
  GANTRY_CHECK(check_ports(spec.ready, checkpoint.guest.ports));
  checkpoint.name = spec.name;
  checkpoint.platform = platform;
  GANTRY_TRY(const auto key, checkpoint_key(spec, checkpoint.guest, platform, checkpoint.parent));
  if (options.renew) {
    GANTRY_TRY(checkpoint.key, random_key());
  } else {
    GANTRY_TRY(checkpoint.key, key_in_use(store, key));
    GANTRY_TRY(auto found, find_or_fetch(checkpoint.key, store, options));
    if (found) {
      return *std::move(found);
    }
  }
  GANTRY_TRY(const auto admission, Admission::wait(checkpoint.guest.memory, options.progress));
  GANTRY_TRY(auto directory, make_run_directory());
  GANTRY_TRY(auto memory, make_memory_directory(checkpoint.guest.memory, store.root() / "work"));
  GANTRY_CHECK(check_room(needs_of(checkpoint, store, directory.path(), memory.path())));
  GANTRY_TRY(auto recording, make_recording(store, spec.name));
  Site site{std::move(directory), std::move(memory), std::move(recording), {}, {}, {}};
  if (before) {
    GANTRY_TRY(site.machine, resume(*before, {site.directory.path(), true, site.memory.path(),
                                              site.recording / "console.log"}));
  } else {
    GANTRY_CHECK(boot(site, checkpoint.guest, platform, store, options.libvirt));
    checkpoint.hardware = site.machine.hardware;
  }
  GANTRY_CHECK(announce({spec.name, spec.name, "build", getpid(), site.machine.process->pid(),
                         site.machine.ports, site.directory.path()}));
  auto ssh = spec.ssh;
  ssh.keys = store.root() / "keys";
  Stage stage(site.machine, {spec.timeout, options.timeout_factor, site.recording, options.progress,
                             options.room_patience, ssh, checkpoint.guest.shares});
  if (auto done = go_through(stage, spec); !done) {
    return keep_failed(stage, std::move(checkpoint), store, explained(site, done.error()));
  }
  GANTRY_TRY(auto work, store.work());
  const auto witness = save_machine(stage, work.path(), ports_of(spec.ready));
  if (!witness) {
    static_cast<void>(base::remove_tree(work.path()));  // to have room for what is kept
    return keep_failed(stage, std::move(checkpoint), store, witness.error());
  }
  GANTRY_TRY(const auto saved, store.state_of(checkpoint, work.path()));
  if (const auto verified = stage.tell(
          "verify", [&] { return verify_restore(saved, *witness, options.timeout_factor); });
      !verified) {
    return keep_unverified(std::move(work), spec.name, store, verified.error());
  }
  GANTRY_CHECK(store.commit(checkpoint, std::move(work)));
  if (options.renew) {
    GANTRY_CHECK(note_renewal(store, key, checkpoint.key));
  } else if (options.keep) {
    options.keep(checkpoint);
  }
  Built built;
  built.checkpoint = std::move(checkpoint);
  built.pause = site.machine.pause;
  return built;
}

}  // namespace gantry::vm

#include "vm/container_tree.hpp"

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "base/file.hpp"
#include "vm/container_scripts.hpp"
#include "vm/disk_export.hpp"
#include "vm/hardware.hpp"
#include "vm/overlay.hpp"
#include "vm/sparse_copy.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

fs::path in_machine(const std::string& name) {
  return fs::path(kMachinePlace) / name;
}

fs::path in_run(const std::string& name) {
  return fs::path(kRunPlace) / name;
}

/// Copies a file of the guest's into the tree, and says where it is there.
Result<void> take(fs::path& file, const std::string& name, const fs::path& tree) {
  if (file.empty()) {
    return {};
  }
  GANTRY_CHECK(copy_sparse(file, tree / name));
  file = in_machine(name);
  return {};
}

/// The files that the machine stands on; its paths are those of the tree then.
Result<void> take_files(Guest& guest, const SavedState& state, const fs::path& tree) {
  GANTRY_CHECK(copy_sparse(state.memory, tree / kMemoryFile));
  GANTRY_CHECK(copy_sparse(state.devices, tree / kDevicesFile));
  for (std::size_t i = 0; i < state.disks.size(); ++i) {
    const auto name = disk_file(i);
    GANTRY_CHECK(export_disk(state.disks[i], {tree / name, "qcow2", false}));
    GANTRY_CHECK(create_overlay(tree / ("over-" + name), {tree / name, "qcow2"}));
  }
  for (std::size_t i = 0; i < guest.cdroms.size(); ++i) {
    GANTRY_CHECK(take(guest.cdroms[i], fmt::format("cdrom{}", i), tree));
  }
  if (!guest.firmware_code.empty()) {
    GANTRY_CHECK(copy_sparse(state.variables, tree / kVariablesFile));
  }
  GANTRY_CHECK(take(guest.firmware_code, "firmware", tree));
  GANTRY_CHECK(take(guest.kernel, "kernel", tree));
  return take(guest.initrd, "initrd", tree);
}

/// The host's side of a machine in a container: its console is the container's streams, and FIFOs
/// are what a shell can talk to.
void use_streams(std::vector<std::string>& words, const Hardware& hardware) {
  const auto is_chardev = [](const std::string& word, const std::string& id) {
    return word.starts_with("socket,id=" + id + ",");
  };
  for (auto& word : words) {
    if (is_chardev(word, "gantry-monitor")) {
      word = fmt::format("pipe,id=gantry-monitor,path={}", in_run("monitor").native());
    } else if (is_chardev(word, hardware.console)) {
      word = fmt::format("stdio,id={},signal=off", hardware.console);
    } else if (!hardware.agent.empty() && is_chardev(word, hardware.agent)) {
      word = fmt::format("pipe,id={},path={}", hardware.agent, in_run("agent").native());
    }
  }
}

std::vector<std::string> command_line(const Checkpoint& checkpoint, const Guest& guest,
                                      const SavedState& state) {
  Backends backends;
  backends.name = guest.name;
  backends.memory = in_machine(kMemoryFile);
  for (std::size_t i = 0; i < state.disks.size(); ++i) {
    const auto name = disk_file(i);
    backends.disks.push_back({{in_run(name), "qcow2"}, {in_machine(name), "qcow2"}});
  }
  backends.variables = in_run(kVariablesFile);
  backends.ports = guest.ports;
  auto words = resuming_command_line(guest, checkpoint.platform, checkpoint.hardware, backends);
  use_streams(words, checkpoint.hardware);
  set_generation(words, "auto");
  return words;
}

Result<void> write_program(const fs::path& path, const std::string& text) {
  GANTRY_CHECK(base::write_file(path, text));
  std::error_code failure;
  fs::permissions(path, static_cast<fs::perms>(0755), failure);
  return {};
}

}  // namespace

Result<void> make_container_tree(const Checkpoint& checkpoint, const SavedState& state,
                                 const fs::path& directory) {
  if (checkpoint.guest.tpm || !checkpoint.guest.devices.empty() ||
      !checkpoint.guest.shares.empty() || state.memory.empty()) {
    return base::Error{
        fmt::format("the checkpoint {} does not go into a container: {}", checkpoint.name,
                    checkpoint.guest.tpm                ? "its machine has a TPM"
                    : !checkpoint.guest.devices.empty() ? "its machine has a simulated drive"
                    : !checkpoint.guest.shares.empty()  ? "its machine shares a directory"
                                                        : "its memory is in the state of devices"),
        "", ""};
  }
  const auto absolute = fs::absolute(directory);
  GANTRY_CHECK(base::make_directories(absolute.parent_path()));
  GANTRY_TRY(auto scratch, base::TempDir::create_under(absolute.parent_path()));
  const auto& tree = scratch.path();
  auto here = checkpoint;
  here.platform.qemu = fs::path(checkpoint.platform.qemu).filename().native();
  GANTRY_CHECK(take_files(here.guest, state, tree));
  GANTRY_CHECK(
      write_program(tree / "start", start_script(here, command_line(here, here.guest, state))));
  GANTRY_CHECK(write_program(tree / "healthy", healthy_script(here)));
  std::error_code failure;
  fs::permissions(tree, static_cast<fs::perms>(0755), failure);
  GANTRY_CHECK(base::remove_tree(absolute));
  fs::rename(tree, absolute, failure);
  if (failure) {
    errno = failure.value();
    return base::errno_error("write", absolute);
  }
  static_cast<void>(scratch.release());
  return {};
}

}  // namespace gantry::vm

#include "vm/checkpoint_key.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "content/digest.hpp"
#include "vm/host_tree.hpp"
#include "vm/known_file.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// Changes when a checkpoint of the same inputs would be another one.
constexpr int kVersion = 5;

/// Values may have any bytes: each says how long it is.
void add(std::string& text, std::string_view name, std::string_view value) {
  text += fmt::format("{} {} {}\n", name, value.size(), value);
}

Result<std::string> key_of_step(const Step& step) {
  std::error_code failure;
  if (std::filesystem::is_directory(step.file, failure)) {
    if (step.kind != Step::Kind::kCopy) {
      return base::Error{
          fmt::format("a step {}: takes a file, and this is a directory", name_of(step.kind)),
          step.file.native(), ""};
    }
    GANTRY_TRY(const auto key, key_of_tree(step.file));
    return fmt::format("{} directory {} {}", static_cast<int>(step.kind), key, step.destination);
  }
  GANTRY_TRY(const auto digest, sparse_digest(step.file));
  const auto status = std::filesystem::status(step.file, failure);
  const bool program =
      (status.permissions() & std::filesystem::perms::owner_exec) != std::filesystem::perms::none;
  return fmt::format("{} {} {} {} {}", static_cast<int>(step.kind), digest.hex(),
                     std::filesystem::file_size(step.file, failure), program ? 'x' : '-',
                     step.destination);
}

}  // namespace

Result<std::string> checkpoint_key(const CheckpointSpec& spec, const Guest& guest,
                                   const Platform& platform, const std::string& parent) {
  std::string text = fmt::format("gantry-checkpoint-key {}\n", kVersion);
  add(text, "platform", key_part(platform));
  if (parent.empty()) {
    add(text, "architecture", guest.architecture);
    add(text, "memory", std::to_string(guest.memory));
    add(text, "cpus", std::to_string(guest.cpus));
    add(text, "kernel", guest.kernel.filename().native());
    add(text, "initrd", guest.initrd.filename().native());
    add(text, "command-line", guest.command_line);
    for (const auto& disk : guest.disks) {
      add(text, "disk", disk.path.filename().native());
      add(text, "format", disk.format);
    }
    for (const auto& image : guest.cdroms) {
      add(text, "cdrom", image.filename().native());
    }
    if (guest.firmware != FirmwareKind::kBios) {
      add(text, "firmware", name_of(guest.firmware));
      add(text, "firmware-code", guest.firmware_code.filename().native());
      add(text, "firmware-variables", guest.firmware_variables.filename().native());
    }
    for (const auto& device : guest.devices) {
      add(text, "device", device.filename().native());
      add(text, "simulator", guest.simulator);
    }
    for (const auto& share : guest.shares) {
      add(text, "share",
          share.name + (share.writable ? "=rw:" : "=ro:") + share.directory.native());
    }
    if (guest.tpm) {
      add(text, "tpm", "2.0");
    }
    if (guest.vga) {
      add(text, "display", "vga");
    }
    for (const auto& port : guest.ports) {
      add(text, "port", std::to_string(port.guest));
    }
  } else {
    add(text, "parent", parent);
  }
  for (const auto& condition : spec.ready) {
    add(text, "ready", to_text(condition));
  }
  for (const auto& step : spec.steps) {
    GANTRY_TRY(const auto part, key_of_step(step));
    add(text, "step", part);
  }
  if (std::any_of(spec.steps.begin(), spec.steps.end(),
                  [](const Step& step) { return step.kind == Step::Kind::kSsh; })) {
    add(text, "ssh-user", spec.ssh.user);
    add(text, "ssh-port", std::to_string(spec.ssh.port));
  }
  return content::sha256(text).hex();
}

}  // namespace gantry::vm

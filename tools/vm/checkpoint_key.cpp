#include "vm/checkpoint_key.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "content/digest.hpp"
#include "vm/known_file.hpp"

namespace gantry::vm {

using base::Result;

namespace {

/// Changes when a checkpoint of the same inputs would be another one.
constexpr int kVersion = 1;

/// Values may have any bytes: each says how long it is.
void add(std::string& text, std::string_view name, std::string_view value) {
  text += fmt::format("{} {} {}\n", name, value.size(), value);
}

Result<std::string> key_of_step(const Step& step) {
  GANTRY_TRY(const auto digest, sparse_digest(step.file));
  std::error_code failure;
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
    if (guest.disk) {
      add(text, "disk", guest.disk->path.filename().native());
      add(text, "format", guest.disk->format);
    }
    for (const auto& port : guest.ports) {
      add(text, "port", std::to_string(port.guest));
    }
  } else {
    add(text, "parent", parent);
  }
  add(text, "ready", spec.ready);
  for (const auto& step : spec.steps) {
    GANTRY_TRY(const auto part, key_of_step(step));
    add(text, "step", part);
  }
  return content::sha256(text).hex();
}

}  // namespace gantry::vm

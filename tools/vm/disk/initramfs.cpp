#include "vm/disk/initramfs.hpp"

#include <array>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "base/file.hpp"
#include "vm/disk/cpio.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

/// What a disk needs; ext4 asks for crc32c by a name that is not a module's.
constexpr std::array<std::string_view, 5> kDiskModules{"virtio_pci", "virtio_blk", "crc32c_generic",
                                                       "crc32c_intel", "ext4"};
/// And what a guest needs that has no udev to load it.
constexpr std::array<std::string_view, 4> kGuestModules{"virtio_net", "virtio_console",
                                                        "virtio_rng", "vmgenid"};

}  // namespace

Result<std::string> make_initramfs(const InitramfsOptions& options, const ModuleTree& modules) {
  auto settings = options.settings;
  std::vector<std::string_view> names(kDiskModules.begin(), kDiskModules.end());
  if (settings.hand_over.empty()) {
    names.insert(names.end(), kGuestModules.begin(), kGuestModules.end());
  }
  GANTRY_TRY(auto needed, modules_for(names, modules));
  constexpr unsigned kDirectory = S_IFDIR | 0755;
  constexpr unsigned kProgram = S_IFREG | 0755;
  constexpr unsigned kFile = S_IFREG | 0644;
  GANTRY_TRY(auto program, base::read_file(options.init));
  std::vector<CpioEntry> entries{{"dev", kDirectory},
                                 {"proc", kDirectory},
                                 {"sys", kDirectory},
                                 {"root", kDirectory},
                                 {"gantry", kDirectory},
                                 {"modules", kDirectory},
                                 {"init", kProgram, std::move(program)}};
  if (settings.agent && settings.hand_over.empty()) {
    GANTRY_TRY(auto agent, base::read_file(options.agent));
    entries.push_back({std::string(init::kAgentFile).substr(1), kProgram, std::move(agent)});
  }
  for (auto& module : needed) {
    const auto file = "modules/" + module.name + ".ko";
    settings.modules.push_back("/" + file);
    entries.push_back({file, kFile, std::move(module.content)});
  }
  entries.push_back(
      {std::string(init::kSettingsFile).substr(1), kFile, init::write_settings(settings)});
  return write_cpio(entries);
}

Result<fs::path> guest_program(const std::string& name) {
  std::error_code error;
  const auto self = fs::read_symlink("/proc/self/exe", error);
  auto program = self.parent_path().parent_path() / "lib" / "gantry" / name;
  if (error || !fs::exists(program, error)) {
    return base::Error{name + ", which runs in guests, is not where it was installed",
                       program.native(), "build the target " + name};
  }
  return program;
}

}  // namespace gantry::vm

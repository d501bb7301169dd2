#include "vm/disk/disk_boot.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/disk/initramfs.hpp"

namespace gantry::vm {

using base::Result;
using content::EntryType;

namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{512} << 20;
constexpr std::string_view kKernelPrefix = "boot/vmlinuz-";
constexpr const char* kRootDevice = "/dev/vda";

std::optional<std::size_t> find(const oci::MergedTree& tree, std::string_view path) {
  const auto found = std::lower_bound(tree.begin(), tree.end(), path,
                                      [](const oci::MergedEntry& merged, std::string_view wanted) {
                                        return content::path_less(merged.entry.path, wanted);
                                      });
  if (found == tree.end() || std::string_view(found->entry.path) != path) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - tree.begin());
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Numbers in the texts count by their value: 6.1.9 is before 6.1.12.
bool version_less(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const auto take = [](std::string_view& text) {
        auto digits = text.substr(0, text.find_first_not_of("0123456789"));
        text.remove_prefix(digits.size());
        digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
        return digits;
      };
      const auto of_a = take(a);
      const auto of_b = take(b);
      if (of_a != of_b) {
        return of_a.size() != of_b.size() ? of_a.size() < of_b.size() : of_a < of_b;
      }
      continue;
    }
    if (a.front() != b.front()) {
      return a.front() < b.front();
    }
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() < b.size();
}

/// An init that the tree has, whatever it is there.
std::string init_of(const oci::MergedTree& tree) {
  constexpr std::array<std::string_view, 5> kPlaces{
      "sbin/init", "usr/sbin/init", "lib/systemd/systemd", "usr/lib/systemd/systemd", "init"};
  const auto found = std::find_if(kPlaces.begin(), kPlaces.end(), [&tree](std::string_view place) {
    return find(tree, place).has_value();
  });
  return found == kPlaces.end() ? std::string() : "/" + std::string(*found);
}

ModuleTree modules_of_tree(const oci::MergedTree& tree, const Ext4Writer& disk,
                           std::string_view version) {
  ModuleTree modules;
  for (const auto* const prefix : {"usr/lib/modules/", "lib/modules/"}) {
    const auto directory = prefix + std::string(version) + "/";
    for (const auto& merged : tree) {
      if (merged.entry.type == EntryType::kFile && merged.entry.path.starts_with(directory)) {
        modules.files.emplace_back(merged.entry.path);
      }
    }
  }
  modules.read = [&tree, &disk](const std::string& file) -> Result<std::string> {
    const auto index = find(tree, file);
    return index ? disk.read(*index, kMostBytes) : base::Error{"there is no such file", file, ""};
  };
  return modules;
}

int stop_signal(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, int>, 7> kNames{{{"HUP", 1},
                                                                    {"INT", 2},
                                                                    {"QUIT", 3},
                                                                    {"KILL", 9},
                                                                    {"USR1", 10},
                                                                    {"USR2", 12},
                                                                    {"WINCH", 28}}};
  if (name.starts_with("SIG")) {
    name.remove_prefix(3);
  }
  const auto found = std::find_if(kNames.begin(), kNames.end(),
                                  [name](const auto& known) { return known.first == name; });
  constexpr int kTerminate = 15;
  return found != kNames.end() ? found->second
                               : static_cast<int>(std::clamp<std::uint64_t>(
                                     base::parse_unsigned(name).value_or(kTerminate), 1, 64));
}

/// What is to run once the disk is mounted: its own init, or the command of an image.
Result<init::Settings> settings_of(const BootOptions& options, const oci::MergedTree& tree,
                                   const oci::Config* config) {
  init::Settings settings;
  settings.root = kRootDevice;
  settings.hostname = options.hostname;
  if (!runs_command(options, config)) {
    settings.hand_over = options.init.empty() ? init_of(tree) : options.init;
    if (settings.hand_over.empty()) {
      return base::Error{config == nullptr
                             ? "the root file system has no init (/sbin/init)"
                             : "the image has neither a command to run nor an init (/sbin/init)",
                         "",
                         config == nullptr ? "install one, such as the package systemd-sysv"
                                           : "give it an ENTRYPOINT"};
    }
    return settings;
  }
  settings.command = config->entrypoint;
  settings.command.insert(settings.command.end(), config->cmd.begin(), config->cmd.end());
  settings.agent = options.agent;
  settings.variables = config->env;
  settings.directory = config->working_dir;
  settings.user = config->user;
  settings.stop_signal = stop_signal(config->stop_signal);
  return settings;
}

}  // namespace

std::optional<std::size_t> newest_kernel(const oci::MergedTree& tree) {
  std::optional<std::size_t> newest;
  for (std::size_t index = 0; index < tree.size(); ++index) {
    const auto& entry = tree[index].entry;
    const bool is_kernel = entry.type == EntryType::kFile &&
                           entry.path.starts_with(kKernelPrefix) &&
                           content::parent_of(entry.path) == "boot";
    if (is_kernel && (!newest || version_less(tree[*newest].entry.path, entry.path))) {
      newest = index;
    }
  }
  return newest;
}

bool runs_command(const BootOptions& options, const oci::Config* config) {
  return config != nullptr && options.init.empty() &&
         !(config->entrypoint.empty() && config->cmd.empty());
}

Result<BootFiles> make_boot_files(const BootOptions& options, const oci::MergedTree& tree,
                                  const oci::Config* config, const Ext4Writer& disk) {
  BootFiles files;
  GANTRY_TRY(auto settings, settings_of(options, tree, config));
  ModuleTree modules;
  std::optional<std::size_t> initrd;
  if (options.kernel.empty()) {
    const auto kernel = newest_kernel(tree);
    if (!kernel) {
      return base::Error{"there is no kernel in its /boot (vmlinuz-…)", "",
                         "install one, such as linux-image-cloud-amd64, or name one with --kernel"};
    }
    const std::string_view path = tree[*kernel].entry.path;
    const auto version = path.substr(kKernelPrefix.size());
    GANTRY_TRY(files.kernel, disk.read(*kernel, kMostBytes));
    files.kernel_name = path.substr(path.rfind('/') + 1);
    initrd = find(tree, "boot/initrd.img-" + std::string(version));
    modules = modules_of_tree(tree, disk, version);
  } else {
    GANTRY_TRY(files.kernel, base::read_file(options.kernel, kMostBytes));
    files.kernel_name = options.kernel.filename();
    if (!options.modules.empty()) {
      GANTRY_TRY(modules, modules_in(options.modules));
    }
  }
  if (initrd && !options.own_initramfs && !runs_command(options, config)) {
    GANTRY_TRY(files.initrd, disk.read(*initrd, kMostBytes));
  } else {
    InitramfsOptions own;
    own.settings = std::move(settings);
    GANTRY_TRY(own.init, guest_program("gantry-guest-init"));
    if (own.settings.agent) {
      GANTRY_TRY(own.agent, guest_program("gantry-guest-agent"));
    }
    GANTRY_TRY(files.initrd, make_initramfs(own, modules));
  }
  const bool arm = config != nullptr && config->platform.architecture == "arm64";
  files.command_line = std::string("root=") + kRootDevice +
                       " rw console=" + (arm ? "ttyAMA0" : "ttyS0") +
                       " quiet net.ifnames=0 panic=-1";
  if (!options.init.empty()) {
    files.command_line += " init=" + options.init;
  }
  if (!options.append.empty()) {
    files.command_line += " " + options.append;
  }
  return files;
}

}  // namespace gantry::vm

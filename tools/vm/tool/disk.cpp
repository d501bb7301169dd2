#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "vm/disk/disk_image.hpp"
#include "vm/disk/initramfs.hpp"
#include "vm/tool/commands.hpp"

namespace gantry::vm {

namespace {

namespace fs = std::filesystem;
using base::Result;

constexpr const char* kAgentPath = "/usr/lib/gantry/gantry-guest-agent";
constexpr const char* kUnitPath = "/usr/lib/systemd/system/gantry-guest-agent.service";
constexpr const char* kWantedPath =
    "/etc/systemd/system/multi-user.target.wants/gantry-guest-agent.service";

struct Options {
  DiskOptions disk;
  BootOptions boot;
  std::string size;
  std::vector<std::string> copies;
  fs::path depfile;
  std::string initramfs = "disk";
  bool no_boot = false;
  bool quiet = false;
};

Result<AddedFile> parse_copy(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return base::Error{"what is copied is to be given as FILE=PATH", base::printable(text), ""};
  }
  return AddedFile{.path = text.substr(equals + 1), .from = fs::path(text.substr(0, equals))};
}

/// The agent as a unit of systemd, enabled.
Result<void> add_agent(std::vector<AddedFile>& files) {
  GANTRY_TRY(const auto program, guest_program("gantry-guest-agent"));
  GANTRY_TRY(const auto unit, guest_program("gantry-guest-agent.service"));
  files.push_back({.path = kAgentPath, .from = program});
  files.push_back({.path = kUnitPath, .from = unit});
  files.push_back({.path = kWantedPath, .link_target = kUnitPath});
  return {};
}

Result<void> write_depfile(const Options& options, const MadeDisk& made) {
  auto inputs = made.inputs;
  for (const auto& file : {options.boot.kernel}) {
    if (!file.empty()) {
      inputs.push_back(file);
    }
  }
  GANTRY_TRY(const auto init, guest_program("gantry-guest-init"));
  inputs.push_back(init);
  return base::write_file(options.depfile, base::make_depfile(options.disk.output, inputs).text);
}

Result<int> make(Options& options) {
  if (!options.size.empty()) {
    options.disk.size = base::parse_byte_size(options.size);
    if (!options.disk.size) {
      return base::Error{"the size is to be given as 2G or 1536M", base::printable(options.size),
                         ""};
    }
  }
  for (const auto& copy : options.copies) {
    GANTRY_TRY(auto file, parse_copy(copy));
    options.disk.files.push_back(std::move(file));
  }
  options.boot.own_initramfs = options.initramfs == "gantry";
  if (!options.no_boot) {
    options.disk.boot = options.boot;
  }
  if (options.boot.agent) {
    GANTRY_CHECK(add_agent(options.disk.services));
  }
  GANTRY_TRY(const auto made, make_disk(options.disk));
  if (!options.depfile.empty()) {
    GANTRY_CHECK(write_depfile(options, made));
  }
  if (made.attributes_left_out != 0) {
    fmt::print(stderr, "gantry-vm: warning: ext4 has no place for {} extended attributes\n",
               made.attributes_left_out);
  }
  if (!options.quiet) {
    fmt::print("disk {}: {} of {}{}\n", options.disk.output.stem().native(),
               base::format_bytes(made.contents), base::format_bytes(made.size),
               made.boot ? ", boots " + made.boot->kernel_name : "");
  }
  return 0;
}

}  // namespace

void add_disk(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto& disk = options->disk;
  auto& boot = options->boot;
  auto* const command = app.add_subcommand(
      "disk", "Make a disk that boots from a root file system or an image, without any rights");
  command->footer(
      "Beside DISK.qcow2 it writes DISK.kernel, DISK.initrd and DISK.command-line, for the "
      "guest's\n"
      "description. An image with a command runs that, by an init of Gantry's that is not in the\n"
      "disk; anything else boots the init that it has. The same input gives the same bytes.\n\n"
      "Example:\n  gantry vm disk debian.rootfs.tar --agent --output debian.qcow2");
  command
      ->add_option("source", disk.source,
                   "A tar archive, or an image: FILE.image, oci:DIR[:TAG], docker-archive:FILE")
      ->required();
  command->add_option("--output", disk.output, "The disk to write: .qcow2, or .raw, a sparse file")
      ->required()
      ->type_name("FILE");
  command->add_option("--size", options->size, "Of the disk; default: twice its contents and 512M")
      ->type_name("SIZE");
  command->add_option("--platform", disk.platform, "Of an image that is for several");
  command->add_option("--copy", options->copies, "Also put a file there, owned by root")
      ->type_name("FILE=PATH");
  command->add_flag("--agent", boot.agent, "Also the agent, which systemd or our init starts");
  command->add_option("--kernel", boot.kernel, "Not the newest in its /boot")->type_name("FILE");
  command->add_option("--modules", boot.modules, "That kernel's (/lib/modules/VERSION)")
      ->type_name("DIR");
  command
      ->add_option("--initramfs", options->initramfs,
                   "The disk's own if it has one, or Gantry's, which is small and quick")
      ->check(CLI::IsMember({"disk", "gantry"}))
      ->capture_default_str();
  command->add_option("--init", boot.init, "What is to be started in the disk")->type_name("PATH");
  command->add_option("--hostname", boot.hostname, "Of a guest that runs an image");
  command->add_option("--append", boot.append, "Add to the kernel's command line")
      ->type_name("TEXT");
  command->add_flag("--no-boot", options->no_boot, "A disk that nothing boots from");
  command->add_option("--depfile", options->depfile, "Makefile rules that name every input")
      ->type_name("FILE");
  command->add_flag("--quiet", options->quiet, "Say nothing if all is well");
  command->callback([options, &action] { action = [options] { return make(*options); }; });
}

}  // namespace gantry::vm

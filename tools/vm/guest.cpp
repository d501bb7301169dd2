#include "vm/guest.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "vm/spec_lines.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::uint64_t kLeastMemory = std::uint64_t{16} << 20;
constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kMostDisks = 16;
constexpr std::size_t kMostCdroms = 4;
constexpr std::size_t kMostDevices = 4;
constexpr std::size_t kMostShares = 8;
constexpr std::size_t kLongestShare = 31;  // a tag of 9p

Result<void> set_name(Guest& guest, std::string_view value) {
  // It becomes the name of a domain of libvirt and of sockets.
  if (value.empty() || value.size() > 50 ||
      value.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
          std::string_view::npos) {
    return wrong_value(value, "a name (up to 50 letters, digits and any of '._-')");
  }
  guest.name = value;
  return {};
}

Result<void> set_architecture(Guest& guest, std::string_view value) {
  if (value != "x86_64" && value != "aarch64") {
    return wrong_value(value, "an architecture of guests (x86_64, aarch64)");
  }
  guest.architecture = value;
  return {};
}

Result<void> set_memory(Guest& guest, std::string_view value) {
  const auto bytes = base::parse_byte_size(value);
  if (!bytes || *bytes < kLeastMemory || *bytes % kPage != 0) {
    return wrong_value(value, "a size of memory (512M, 1.5G; at least 16M, whole pages of 4 KiB)");
  }
  guest.memory = *bytes;
  return {};
}

Result<void> set_cpus(Guest& guest, std::string_view value) {
  const auto count = base::parse_unsigned(value);
  if (!count || *count == 0 || *count > 255) {
    return wrong_value(value, "a number of CPUs (1 to 255)");
  }
  guest.cpus = static_cast<unsigned>(*count);
  return {};
}

Result<void> add_disk(Guest& guest, std::string_view value) {
  if (guest.disks.size() == kMostDisks) {
    return base::Error{fmt::format("a guest has at most {} disks", kMostDisks), "", ""};
  }
  if (value.empty()) {
    return wrong_value(value, "a file");
  }
  Disk disk;
  disk.path = value;
  const auto extension = disk.path.extension();
  disk.format = extension == ".raw" || extension == ".img" || extension == ".iso" ? "raw" : "qcow2";
  guest.disks.push_back(disk);
  return {};
}

Result<void> add_device(Guest& guest, std::string_view value) {
  if (guest.devices.size() == kMostDevices) {
    return base::Error{fmt::format("a guest has at most {} simulated drives", kMostDevices), "",
                       ""};
  }
  if (value.empty()) {
    return wrong_value(value, "a file");
  }
  guest.devices.emplace_back(value);
  return {};
}

Result<void> add_cdrom(Guest& guest, std::string_view value) {
  if (guest.cdroms.size() == kMostCdroms) {
    return base::Error{fmt::format("a guest has at most {} CD-ROMs", kMostCdroms), "", ""};
  }
  if (value.empty()) {
    return wrong_value(value, "a file");
  }
  guest.cdroms.emplace_back(value);
  return {};
}

Result<void> add_share(Guest& guest, std::string_view value) {
  GANTRY_TRY(auto share, parse_share(value));
  for (const auto& other : guest.shares) {
    if (other.name == share.name) {
      return base::Error{fmt::format("there are two shares called {}", share.name), "", ""};
    }
  }
  if (guest.shares.size() == kMostShares) {
    return base::Error{fmt::format("a guest has at most {} shares", kMostShares), "", ""};
  }
  guest.shares.push_back(std::move(share));
  return {};
}

Result<void> set_firmware(Guest& guest, std::string_view value) {
  GANTRY_TRY(guest.firmware, parse_firmware(value));
  return {};
}

Result<void> set_tpm(Guest& guest, std::string_view value) {
  if (value != "2.0" && value != "none") {
    return wrong_value(value, "a TPM (2.0, none)");
  }
  guest.tpm = value == "2.0";
  return {};
}

Result<void> set_display(Guest& guest, std::string_view value) {
  if (value != "vga" && value != "none") {
    return wrong_value(value, "a display (vga, none)");
  }
  guest.vga = value == "vga";
  return {};
}

Result<void> add_port(Guest& guest, std::string_view value) {
  const auto colon = value.find(':');
  PortForward port;
  if (colon != std::string_view::npos) {
    GANTRY_TRY(port.host, parse_guest_port(value.substr(0, colon)));
    value.remove_prefix(colon + 1);
  }
  GANTRY_TRY(port.guest, parse_guest_port(value));
  guest.ports.push_back(port);
  return {};
}

constexpr std::array<std::pair<std::string_view, FirmwareKind>, 3> kFirmware{
    {{"bios", FirmwareKind::kBios},
     {"uefi", FirmwareKind::kUefi},
     {"uefi-secure", FirmwareKind::kUefiSecure}}};

}  // namespace

std::string_view name_of(FirmwareKind kind) {
  return std::find_if(kFirmware.begin(), kFirmware.end(),
                      [kind](const auto& known) { return known.second == kind; })
      ->first;
}

Result<FirmwareKind> parse_firmware(std::string_view text) {
  const auto* const known = std::find_if(kFirmware.begin(), kFirmware.end(),
                                         [text](const auto& one) { return one.first == text; });
  if (known == kFirmware.end()) {
    return wrong_value(text, "a firmware (bios, uefi, uefi-secure)");
  }
  return known->second;
}

Result<Share> parse_share(std::string_view text) {
  const auto equals = text.find('=');
  Share share;
  share.name = text.substr(0, equals);
  auto rest = text.substr(std::min(share.name.size() + 1, text.size()));
  share.writable = rest.ends_with(":rw");
  if (share.writable) {
    rest.remove_suffix(3);
  }
  share.directory = rest;
  // It is part of a path and of a command line in the guest.
  if (share.name.empty() || share.name.size() > kLongestShare || share.name.starts_with('-') ||
      share.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_-") != std::string::npos ||
      !rest.starts_with('/')) {
    return wrong_value(text,
                       "a share (NAME=DIRECTORY or NAME=DIRECTORY:rw, NAME of up to 31 letters, "
                       "digits and any of '_-', DIRECTORY absolute)");
  }
  return share;
}

std::vector<std::filesystem::path*> files_of(Guest& guest) {
  std::vector<std::filesystem::path*> files;
  for (auto* const file :
       {&guest.kernel, &guest.initrd, &guest.firmware_code, &guest.firmware_variables}) {
    if (!file->empty()) {
      files.push_back(file);
    }
  }
  for (auto& disk : guest.disks) {
    files.push_back(&disk.path);
  }
  for (auto& device : guest.devices) {
    files.push_back(&device);
  }
  for (auto& image : guest.cdroms) {
    files.push_back(&image);
  }
  return files;
}

Result<Guest> parse_guest(std::string_view text, const std::string& where) {
  Guest guest;
  const auto with = [&guest](Result<void> (*set)(Guest&, std::string_view)) {
    return [&guest, set](std::string_view value) { return set(guest, value); };
  };
  const auto into = [](auto& member) {
    return [&member](std::string_view value) -> Result<void> {
      member = value;
      return {};
    };
  };
  const SpecKeys keys{
      {"name", with(set_name)},       {"architecture", with(set_architecture)},
      {"memory", with(set_memory)},   {"cpus", with(set_cpus)},
      {"disk", with(add_disk)},       {"kernel", into(guest.kernel)},
      {"initrd", into(guest.initrd)}, {"command-line", into(guest.command_line)},
      {"port", with(add_port)},       {"display", with(set_display)},
      {"cdrom", with(add_cdrom)},     {"firmware", with(set_firmware)},
      {"tpm", with(set_tpm)},         {"device", with(add_device)},
      {"share", with(add_share)},
  };
  GANTRY_CHECK(read_spec(text, "gantry-guest 1", keys, where));
  if (guest.name.empty()) {
    return base::Error{"the guest has no name", where, ""};
  }
  if (guest.disks.empty() && guest.cdroms.empty() && guest.kernel.empty()) {
    return base::Error{"the guest has nothing to boot", where, "give it a disk or a kernel"};
  }
  if (guest.kernel.empty() && (!guest.initrd.empty() || !guest.command_line.empty())) {
    return base::Error{"an initrd and a command line need a kernel", where, ""};
  }
  if (guest.architecture == "aarch64" && guest.kernel.empty() &&
      guest.firmware == FirmwareKind::kBios) {
    return base::Error{"guests of aarch64 have no BIOS that boots disks", where,
                       "give it 'firmware uefi', or a kernel"};
  }
  if (guest.vga && guest.architecture != "x86_64") {
    return base::Error{fmt::format("guests of {} have no VGA", guest.architecture), where,
                       "remove the line 'display vga'"};
  }
  if (guest.firmware == FirmwareKind::kUefiSecure && guest.architecture != "x86_64") {
    return base::Error{
        fmt::format("guests of {} keep no keys from their own system", guest.architecture), where,
        "Secure Boot is for x86_64; take 'firmware uefi'"};
  }
  return guest;
}

}  // namespace gantry::vm

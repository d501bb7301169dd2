#include "vm/checkpoint.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "oci/json_document.hpp"
#include "vm/simulated_drive.hpp"
#include "vm/spec_lines.hpp"

namespace gantry::vm {

using base::Result;
using nlohmann::json;
using oci::JsonValue;

namespace {

constexpr std::int64_t kFormat = 2;
constexpr std::size_t kMostFiles = 64;
constexpr std::size_t kMostPorts = 100;
constexpr std::size_t kMostDrives = 16;
constexpr std::size_t kLongestName = 200;

json to_value(const Guest& guest) {
  json value{{"name", guest.name},
             {"architecture", guest.architecture},
             {"memory", guest.memory},
             {"cpus", guest.cpus},
             {"kernel", guest.kernel.native()},
             {"initrd", guest.initrd.native()},
             {"commandLine", guest.command_line},
             {"ports", json::array()},
             {"disks", json::array()},
             {"cdroms", json::array()},
             {"devices", json::array()},
             {"simulator", guest.simulator},
             {"firmware", name_of(guest.firmware)},
             {"firmwareCode", guest.firmware_code.native()},
             {"firmwareVariables", guest.firmware_variables.native()},
             {"tpm", guest.tpm},
             {"vga", guest.vga}};
  for (const auto& port : guest.ports) {
    value["ports"].push_back({{"guest", port.guest}, {"host", port.host}});
  }
  for (const auto& disk : guest.disks) {
    value["disks"].push_back({{"path", disk.path.native()}, {"format", disk.format}});
  }
  for (const auto& device : guest.devices) {
    value["devices"].push_back(device.native());
  }
  for (const auto& image : guest.cdroms) {
    value["cdroms"].push_back(image.native());
  }
  for (const auto& share : guest.shares) {
    value["shares"].push_back({{"name", share.name},
                               {"directory", share.directory.native()},
                               {"writable", share.writable}});
  }
  return value;
}

/// A number that is at most limit.
Result<std::uint64_t> bounded(const JsonValue& object, std::string_view key, std::uint64_t limit) {
  GANTRY_TRY(const auto value, object.member(key));
  GANTRY_TRY(const auto number, value.number());
  if (static_cast<std::uint64_t>(number) > limit) {
    return value.error(fmt::format("{} is more than {}", number, limit));
  }
  return static_cast<std::uint64_t>(number);
}

Result<std::string> text(const JsonValue& object, std::string_view key) {
  GANTRY_TRY(const auto value, object.member(key));
  return value.text();
}

/// What is not there is of a checkpoint without any.
Result<std::vector<Share>> read_shares(const JsonValue& guest) {
  std::vector<Share> shares;
  GANTRY_TRY(const auto member, guest.find("shares"));
  if (!member) {
    return shares;
  }
  GANTRY_TRY(const auto list, member->elements(kMostDrives));
  for (const auto& entry : list) {
    GANTRY_TRY(const auto name, text(entry, "name"));
    GANTRY_TRY(const auto directory, text(entry, "directory"));
    GANTRY_TRY(const auto writable, entry.member("writable"));
    GANTRY_TRY(const bool may_write, writable.boolean());
    auto share = parse_share(fmt::format("{}={}{}", name, directory, may_write ? ":rw" : ""));
    if (!share) {
      return entry.error(share.error().what);
    }
    shares.push_back(*std::move(share));
  }
  return shares;
}

Result<Guest> read_guest(const JsonValue& value) {
  Guest guest;
  GANTRY_TRY(guest.name, text(value, "name"));
  GANTRY_TRY(guest.architecture, text(value, "architecture"));
  GANTRY_TRY(guest.memory, bounded(value, "memory", std::uint64_t{1} << 46));
  GANTRY_TRY(const auto cpus, bounded(value, "cpus", 255));
  guest.cpus = static_cast<unsigned>(cpus);
  GANTRY_TRY(guest.kernel, text(value, "kernel"));
  GANTRY_TRY(guest.initrd, text(value, "initrd"));
  GANTRY_TRY(guest.command_line, text(value, "commandLine"));
  GANTRY_TRY(const auto ports, value.member("ports"));
  GANTRY_TRY(const auto list, ports.elements(kMostPorts));
  for (const auto& entry : list) {
    GANTRY_TRY(const auto inside, bounded(entry, "guest", 65535));
    GANTRY_TRY(const auto outside, bounded(entry, "host", 65535));
    guest.ports.push_back(
        {static_cast<std::uint16_t>(inside), static_cast<std::uint16_t>(outside)});
  }
  GANTRY_TRY(const auto firmware, text(value, "firmware"));
  GANTRY_TRY(guest.firmware, parse_firmware(firmware));
  GANTRY_TRY(guest.firmware_code, text(value, "firmwareCode"));
  GANTRY_TRY(guest.firmware_variables, text(value, "firmwareVariables"));
  GANTRY_TRY(const auto tpm, value.member("tpm"));
  GANTRY_TRY(guest.tpm, tpm.boolean());
  GANTRY_TRY(const auto vga, value.member("vga"));
  GANTRY_TRY(guest.vga, vga.boolean());
  GANTRY_TRY(const auto disks, value.member("disks"));
  GANTRY_TRY(const auto images, disks.elements(kMostDrives));
  for (const auto& image : images) {
    Disk disk;
    GANTRY_TRY(disk.path, text(image, "path"));
    GANTRY_TRY(disk.format, text(image, "format"));
    guest.disks.push_back(std::move(disk));
  }
  GANTRY_TRY(const auto cdroms, value.member("cdroms"));
  GANTRY_TRY(const auto paths, cdroms.texts());
  guest.cdroms.assign(paths.begin(), paths.end());
  GANTRY_TRY(const auto devices, value.member("devices"));
  GANTRY_TRY(const auto descriptions, devices.texts());
  guest.devices.assign(descriptions.begin(), descriptions.end());
  GANTRY_TRY(guest.simulator, text(value, "simulator"));
  GANTRY_TRY(guest.shares, read_shares(value));
  return guest;
}

Result<Platform> read_platform(const JsonValue& value) {
  Platform platform;
  GANTRY_TRY(platform.accelerator, text(value, "accelerator"));
  GANTRY_TRY(platform.machine, text(value, "machine"));
  GANTRY_TRY(platform.cpu, text(value, "cpu"));
  GANTRY_TRY(platform.qemu, text(value, "qemu"));
  GANTRY_TRY(platform.qemu_version, text(value, "qemuVersion"));
  GANTRY_TRY(platform.cpu_vendor, text(value, "cpuVendor"));
  return platform;
}

Result<Hardware> read_hardware(const JsonValue& value) {
  Hardware hardware;
  GANTRY_TRY(const auto arguments, value.member("arguments"));
  GANTRY_TRY(hardware.arguments, arguments.texts());
  GANTRY_TRY(const auto disks, value.member("disks"));
  GANTRY_TRY(hardware.disks, disks.texts());
  GANTRY_TRY(const auto cdroms, value.member("cdroms"));
  GANTRY_TRY(hardware.cdroms, cdroms.texts());
  GANTRY_TRY(hardware.firmware_code, text(value, "firmwareCode"));
  GANTRY_TRY(hardware.firmware_variables, text(value, "firmwareVariables"));
  GANTRY_TRY(hardware.tpm, text(value, "tpm"));
  GANTRY_TRY(hardware.network, text(value, "network"));
  GANTRY_TRY(hardware.console, text(value, "console"));
  GANTRY_TRY(hardware.agent, text(value, "agent"));
  GANTRY_TRY(hardware.memory, text(value, "memory"));
  return hardware;
}

Result<SavedFile> read_file_entry(const JsonValue& value, const Guest& guest) {
  SavedFile file;
  GANTRY_TRY(file.name, text(value, "name"));
  GANTRY_TRY(file.size, bounded(value, "size", std::uint64_t{1} << 50));
  GANTRY_TRY(const auto digest, text(value, "digest"));
  GANTRY_TRY(file.digest, content::Digest::parse(digest));
  const auto names = file_names(guest);
  if (std::find(names.begin(), names.end(), file.name) == names.end()) {
    return value.error(fmt::format("'{}' is no file of a checkpoint", base::printable(file.name)));
  }
  return file;
}

Result<std::string> read_key(const JsonValue& value) {
  GANTRY_TRY(auto key, value.text());
  if (!key.empty() && (key.size() != 64 || !base::from_hex(key))) {
    return value.error("this is no key of a checkpoint");
  }
  return key;
}

Result<std::string> read_name(const JsonValue& value) {
  GANTRY_TRY(const auto text, value.text());
  auto name = parse_checkpoint_name(text);
  return name ? std::move(name) : value.error(name.error().what);
}

/// Whether what the hardware refers to on the host's side is what this guest has.
Result<void> check_hardware(const Guest& guest, const Hardware& hardware, const JsonValue& where) {
  if (guest.disks.size() + guest.devices.size() != hardware.disks.size() ||
      guest.cdroms.size() != hardware.cdroms.size()) {
    return where.error("the guest has other disks than its hardware");
  }
  const bool flash = guest.firmware != FirmwareKind::kBios;
  if (flash == hardware.firmware_code.empty() || flash == hardware.firmware_variables.empty() ||
      guest.tpm == hardware.tpm.empty()) {
    return where.error("the guest has another firmware or TPM than its hardware");
  }
  return {};
}

}  // namespace

Result<std::string> parse_checkpoint_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestName || text.starts_with('.') ||
      text.find('/') != std::string_view::npos || base::printable(text) != text) {
    return wrong_value(text,
                       "a name (up to 200 bytes, no '/' and no control character in it, no '.' at "
                       "its start)");
  }
  return std::string(text);
}

std::string disk_file(std::size_t number) {
  return number == 0 ? "disk.qcow2" : fmt::format("disk{}.qcow2", number);
}

std::vector<std::string> file_names(const Guest& guest) {
  std::vector<std::string> names{kMemoryFile, kDevicesFile};
  for (std::size_t i = 0; i < guest.disks.size(); ++i) {
    names.push_back(disk_file(i));
  }
  for (std::size_t i = 0; i < guest.devices.size(); ++i) {
    names.push_back(drive_state_file(i));
    names.push_back(drive_data_file(i));
  }
  if (guest.firmware != FirmwareKind::kBios) {
    names.emplace_back(kVariablesFile);
  }
  return names;
}

std::string build_of(const Checkpoint& checkpoint) {
  auto text = checkpoint.parent_build + "\n";
  for (const auto& file : checkpoint.files) {
    text += fmt::format("{} {} {}\n", file.name, file.size, file.digest.hex());
  }
  return content::sha256(text).hex();
}

std::string to_json(const Checkpoint& checkpoint) {
  const auto& platform = checkpoint.platform;
  const auto& hardware = checkpoint.hardware;
  json value{{"formatVersion", kFormat},
             {"key", checkpoint.key},
             {"name", checkpoint.name},
             {"parent", checkpoint.parent},
             {"guest", to_value(checkpoint.guest)},
             {"platform",
              {{"accelerator", platform.accelerator},
               {"machine", platform.machine},
               {"cpu", platform.cpu},
               {"qemu", platform.qemu},
               {"qemuVersion", platform.qemu_version},
               {"cpuVendor", platform.cpu_vendor}}},
             {"hardware",
              {{"arguments", hardware.arguments},
               {"disks", hardware.disks},
               {"cdroms", hardware.cdroms},
               {"firmwareCode", hardware.firmware_code},
               {"firmwareVariables", hardware.firmware_variables},
               {"tpm", hardware.tpm},
               {"network", hardware.network},
               {"console", hardware.console},
               {"agent", hardware.agent},
               {"memory", hardware.memory}}},
             {"files", json::array()}};
  if (!checkpoint.parent_build.empty()) {
    value["parentBuild"] = checkpoint.parent_build;
  }
  for (const auto& file : checkpoint.files) {
    value["files"].push_back(
        {{"name", file.name}, {"size", file.size}, {"digest", file.digest.text()}});
  }
  return oci::canonical(value);
}

Result<Checkpoint> parse_checkpoint(std::string_view text, const std::string& where) {
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(text, where));
  const auto root = document.root();
  GANTRY_TRY(const auto version, root.member("formatVersion"));
  GANTRY_TRY(const auto format, version.number());
  if (format != kFormat) {
    return version.error(
        fmt::format("this is a checkpoint of another Gantry (format {}, not {})", format, kFormat));
  }
  Checkpoint checkpoint;
  GANTRY_TRY(const auto key, root.member("key"));
  GANTRY_TRY(checkpoint.key, read_key(key));
  GANTRY_TRY(const auto parent, root.member("parent"));
  GANTRY_TRY(checkpoint.parent, read_key(parent));
  GANTRY_TRY(const auto parent_build, root.find("parentBuild"));
  if (parent_build) {
    GANTRY_TRY(checkpoint.parent_build, read_key(*parent_build));
  }
  GANTRY_TRY(const auto name, root.member("name"));
  GANTRY_TRY(checkpoint.name, read_name(name));
  GANTRY_TRY(const auto guest, root.member("guest"));
  GANTRY_TRY(checkpoint.guest, read_guest(guest));
  GANTRY_TRY(const auto platform, root.member("platform"));
  GANTRY_TRY(checkpoint.platform, read_platform(platform));
  GANTRY_TRY(const auto hardware, root.member("hardware"));
  GANTRY_TRY(checkpoint.hardware, read_hardware(hardware));
  GANTRY_CHECK(check_hardware(checkpoint.guest, checkpoint.hardware, hardware));
  GANTRY_TRY(const auto files, root.member("files"));
  GANTRY_TRY(const auto list, files.elements(kMostFiles));
  for (const auto& entry : list) {
    GANTRY_TRY(auto file, read_file_entry(entry, checkpoint.guest));
    checkpoint.files.push_back(std::move(file));
  }
  return checkpoint;
}

}  // namespace gantry::vm

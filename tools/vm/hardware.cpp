#include "vm/hardware.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::vm {

using base::Result;
using nlohmann::json;

namespace {

constexpr std::string_view kAgentPort = "gantry.agent.0";

/// Options of QEMU without a value, of those that libvirt gives.
constexpr std::array<std::string_view, 7> kFlags{
    "-S", "-no-user-config", "-nodefaults", "-no-shutdown", "-no-reboot", "-no-hpet", "-no-acpi"};

/// Options that are a matter of one run, and no part of what the guest sees. What it boots is: but
/// where that is found on the host is not.
constexpr std::array<std::string_view, 24> kOfOneRun{
    "-S",         "-add-fd",      "-accel",          "-append",
    "-audiodev",  "-blockdev",    "-chardev",        "-display",
    "-fsdev",     "-initrd",      "-kernel",         "-mon",
    "-msg",       "-name",        "-netdev",         "-nodefaults",
    "-no-reboot", "-no-shutdown", "-no-user-config", "-overcommit",
    "-pidfile",   "-sandbox",     "-incoming",       "-vnc"};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string text_of(const json& object, const char* key) {
  const auto value = object.find(key);
  return value != object.end() && value->is_string() ? value->get<std::string>() : std::string();
}

void note_device(Hardware& hardware, const json& device) {
  if (auto drive = text_of(device, "drive"); !drive.empty()) {
    const bool cdrom = text_of(device, "driver") == "scsi-cd";
    (cdrom ? hardware.cdroms : hardware.disks).push_back(std::move(drive));
  }
  if (auto netdev = text_of(device, "netdev"); !netdev.empty()) {
    hardware.network = std::move(netdev);
  }
  if (text_of(device, "driver") == "isa-serial" || text_of(device, "driver") == "pl011") {
    hardware.console = text_of(device, "chardev");
  }
  if (text_of(device, "name") == kAgentPort) {
    hardware.agent = text_of(device, "chardev");
  }
}

/// The value of name in "word,name=value,…"; empty: it is not there.
std::string suboption(std::string_view text, std::string_view name) {
  for (const auto part : base::split(text, ',')) {
    if (part.starts_with(name) && part.substr(name.size()).starts_with('=')) {
      return std::string(part.substr(name.size() + 1));
    }
  }
  return {};
}

void note_option(Hardware& hardware, std::string_view option, const std::string& value) {
  if (option == "-machine") {
    hardware.firmware_code = suboption(value, "pflash0");
    hardware.firmware_variables = suboption(value, "pflash1");
  } else if (option == "-tpmdev") {
    hardware.tpm = suboption(value, "chardev");
  } else if (option == "-serial" && value.starts_with("chardev:")) {
    hardware.console = value.substr(value.find(':') + 1);
  }
}

/// Whether an object of the command line is what the guest sees, which only its memory's source is
/// not, and the key of libvirt's secrets.
bool is_guests(Hardware& hardware, const json& object) {
  const auto type = text_of(object, "qom-type");
  if (type == "memory-backend-file") {
    hardware.memory = text_of(object, "id");
  }
  return type != "memory-backend-file" && type != "secret";
}

json image_node(std::span<const Disk> images) {
  json node{
      {"driver", images.front().format},
      {"file",
       {{"driver", "file"}, {"filename", images.front().path.native()}, {"discard", "unmap"}}}};
  if (images.front().format == "qcow2") {
    node["backing"] = images.size() > 1 ? image_node(images.subspan(1)) : json();
  }
  return node;
}

std::string disk_node(const std::string& name, std::span<const Disk> images) {
  auto node = image_node(images);
  node["node-name"] = name;
  node["discard"] = "unmap";
  node["detect-zeroes"] = "unmap";
  // What a machine writes does not outlive it, unless it is saved, and then it is written to disk.
  node["cache"] = {{"no-flush", true}};
  return node.dump();
}

std::string drive_node(const std::string& name, const std::filesystem::path& socket) {
  const json cache{{"direct", true}, {"no-flush", false}};
  return json{{"driver", "raw"},
              {"node-name", name},
              {"discard", "unmap"},
              {"cache", cache},
              {"file",
               {{"driver", "nbd"},
                {"server", {{"type", "unix"}, {"path", socket.native()}}},
                {"discard", "unmap"},
                {"cache", cache}}}}
      .dump();
}

std::string raw_node(const std::string& name, const std::filesystem::path& image, bool read_only) {
  return json{{"driver", "raw"},
              {"node-name", name},
              {"read-only", read_only},
              {"file", {{"driver", "file"}, {"filename", image.native()}}}}
      .dump();
}

/// A value of QEMU's lists of options.
std::string with_commas_doubled(std::string_view text) {
  std::string doubled;
  for (const char c : text) {
    doubled.append(c == ',' ? 2 : 1, c);
  }
  return doubled;
}

/// The host's side of the shares, by what the devices call it.
std::vector<std::string> share_options(const Guest& guest, const Hardware& hardware) {
  std::vector<std::string> words;
  for (const auto& argument : hardware.arguments) {
    const auto device = json::parse(argument, nullptr, false);
    const auto tag = device.is_object() ? text_of(device, "mount_tag") : std::string();
    for (const auto& share : guest.shares) {
      if (share.name == tag) {
        words.emplace_back("-fsdev");
        words.push_back(fmt::format(
            "local,id={},path={},{}", text_of(device, "fsdev"),
            with_commas_doubled(share.directory.native()),
            share.writable ? "security_model=mapped-xattr" : "security_model=none,readonly=on"));
      }
    }
  }
  return words;
}

std::string network(const std::string& name, std::span<const PortForward> ports) {
  json forwards = json::array();
  for (const auto& port : ports) {
    forwards.push_back({{"str", fmt::format("tcp:127.0.0.1:{}-:{}", port.host, port.guest)}});
  }
  json node{{"type", "user"}, {"id", name}};
  if (!forwards.empty()) {
    node["hostfwd"] = std::move(forwards);
  }
  return node.dump();
}

}  // namespace

std::string image_chain_json(std::span<const Disk> images) {
  return image_node(images).dump();
}

Result<Hardware> hardware_of(std::span<const std::string> command_line) {
  Hardware hardware;
  for (std::size_t i = 1; i < command_line.size(); ++i) {
    const auto& option = command_line[i];
    const bool flag = has(kFlags, option);
    if (!flag && i + 1 == command_line.size()) {
      return base::Error{fmt::format("QEMU's option {} has no value", base::printable(option)), "",
                         ""};
    }
    const auto value = flag ? std::string() : command_line[++i];
    const auto object =
        value.starts_with('{') ? json::parse(value, nullptr, false) : json::object();
    if (object.is_discarded()) {
      return base::Error{
          fmt::format("QEMU's option {} has a value that is no JSON", base::printable(option)), "",
          ""};
    }
    if (option == "-device") {
      note_device(hardware, object);
    } else {
      note_option(hardware, option, value);
    }
    if (has(kOfOneRun, option) || (option == "-object" && !is_guests(hardware, object))) {
      continue;
    }
    hardware.arguments.push_back(option);
    if (!flag) {
      hardware.arguments.push_back(value);
    }
  }
  if (hardware.memory.empty() || hardware.console.empty()) {
    return base::Error{fmt::format("the machine has no {}",
                                   hardware.memory.empty() ? "memory in a file" : "serial console"),
                       "", "Gantry makes both; was it changed by somebody else?"};
  }
  return hardware;
}

Result<MemoryFile> memory_of(std::span<const std::string> command_line) {
  for (const auto& word : command_line) {
    const auto object = json::parse(word, nullptr, false);
    if (object.is_object() && text_of(object, "qom-type") == "memory-backend-file" &&
        object.value("size", json()).is_number_unsigned()) {
      return MemoryFile{text_of(object, "mem-path"), object["size"].get<std::uint64_t>()};
    }
  }
  return base::Error{"libvirt has made no file for the guest's memory", "", ""};
}

std::string network_device(const Hardware& hardware) {
  for (const auto& argument : hardware.arguments) {
    const auto device = json::parse(argument, nullptr, false);
    if (device.is_object() && !text_of(device, "netdev").empty()) {
      return text_of(device, "id");
    }
  }
  return {};
}

void set_generation(std::vector<std::string>& arguments, std::string_view guid) {
  for (auto& argument : arguments) {
    auto device = json::parse(argument, nullptr, false);
    if (device.is_object() && text_of(device, "driver") == "vmgenid") {
      device["guid"] = guid;
      argument = device.dump();
    }
  }
}

std::string generation_of(const Hardware& hardware) {
  for (const auto& argument : hardware.arguments) {
    const auto device = json::parse(argument, nullptr, false);
    if (device.is_object() && text_of(device, "driver") == "vmgenid") {
      return text_of(device, "guid");
    }
  }
  return {};
}

Result<std::vector<std::string>> command_line_of(int pid) {
  GANTRY_TRY(const auto text, base::read_file(fmt::format("/proc/{}/cmdline", pid)));
  std::vector<std::string> words;
  for (const auto word :
       base::split(std::string_view(text).substr(0, text.size() - !text.empty()), '\0')) {
    words.emplace_back(word);
  }
  return words;
}

std::vector<std::string> resuming_command_line(const Guest& guest, const Platform& platform,
                                               const Hardware& hardware, const Backends& backends) {
  const auto socket = [](const std::string& id, int fd) {
    return fmt::format("socket,id={},fd={},server=on,wait=off", id, fd);
  };
  // The name of the block of memory is part of the state: not the object's path, as for libvirt's.
  const json memory{{"qom-type", "memory-backend-file"},
                    {"id", hardware.memory},
                    {"mem-path", backends.memory.native()},
                    {"share", backends.share_memory},
                    {"x-use-canonical-path-for-ramblock-id", false},
                    {"size", guest.memory}};
  std::vector<std::string> words{
      platform.qemu,
      "-name",
      "guest=" + backends.name,
      "-nodefaults",
      "-no-user-config",
      "-display",
      "none",
      "-accel",
      platform.accelerator,
      "-object",
      memory.dump(),
      "-chardev",
      socket("gantry-monitor", backends.monitor),
      "-mon",
      "chardev=gantry-monitor,mode=control",
      "-chardev",
      socket(hardware.console, backends.console) +
          ",logappend=on,logfile=" + with_commas_doubled(backends.console_log.native())};
  const auto add = [&words](const char* option, std::string value) {
    words.emplace_back(option);
    words.push_back(std::move(value));
  };
  if (!hardware.agent.empty()) {
    add("-chardev", socket(hardware.agent, backends.agent));
  }
  for (std::size_t i = 0; i < hardware.disks.size(); ++i) {
    const auto count = backends.disks.size();
    add("-blockdev", i < count ? disk_node(hardware.disks[i], backends.disks[i])
                               : drive_node(hardware.disks[i], backends.drives[i - count]));
  }
  for (std::size_t i = 0; i < hardware.cdroms.size(); ++i) {
    add("-blockdev", raw_node(hardware.cdroms[i], guest.cdroms[i], true));
  }
  if (!hardware.firmware_code.empty()) {
    add("-blockdev", raw_node(hardware.firmware_code, guest.firmware_code, true));
    add("-blockdev", raw_node(hardware.firmware_variables, backends.variables, false));
  }
  if (!hardware.tpm.empty()) {
    add("-chardev", fmt::format("socket,id={},path={}", hardware.tpm,
                                with_commas_doubled(backends.tpm.native())));
  }
  if (!hardware.network.empty()) {
    add("-netdev", network(hardware.network, backends.ports));
  }
  const auto shared = share_options(guest, hardware);
  words.insert(words.end(), shared.begin(), shared.end());
  if (!guest.kernel.empty()) {
    add("-kernel", guest.kernel.native());
    if (!guest.initrd.empty()) {
      add("-initrd", guest.initrd.native());
    }
    add("-append", guest.command_line);
  }
  words.insert(words.end(), hardware.arguments.begin(), hardware.arguments.end());
  add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  add("-incoming", "defer");
  return words;
}

}  // namespace gantry::vm

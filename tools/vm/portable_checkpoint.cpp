#include "vm/portable_checkpoint.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "oci/json_document.hpp"
#include "vm/clone.hpp"

namespace gantry::vm {

using base::Result;
using nlohmann::json;

namespace {

constexpr std::string_view kScheme = "input:";
constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/// Calls change with each string of a value and of what is in it; depth is bounded by the parser.
template <class Change>
void change_texts(json& value, Change change) {
  if (value.is_string()) {
    auto text = value.get<std::string>();
    change(text);
    value = std::move(text);
  } else if (value.is_structured()) {
    for (auto& part : value) {
      change_texts(part, change);
    }
  }
}

base::Error foreign(std::string_view text, const std::string& where) {
  return {fmt::format("the checkpoint needs '{}', which is of one machine alone",
                      base::printable(text)),
          where, "only what is in the store travels: disks, kernels and initial RAM disks"};
}

/// The command line of the guest's kernel may have paths: they are the guest's.
Result<void> check_guest(json guest, const std::string& where) {
  if (!guest.is_object()) {
    return base::Error{"the checkpoint has no guest", where, ""};
  }
  guest.erase("commandLine");
  std::string found;
  change_texts(guest, [&found](const std::string& text) {
    if (text.find('/') != std::string::npos) {
      found = text;
    }
  });
  return found.empty() ? Result<void>() : foreign(found, where);
}

/// Options that say what hardware there is, and nothing of the host. Others may come to be needed,
/// but a registry does not say so.
constexpr std::array<std::string_view, 6> kWithPlainValue{"-cpu",  "-m",   "-smp",
                                                          "-uuid", "-rtc", "-numa"};
constexpr std::array<std::string_view, 2> kWithoutValue{"-no-hpet", "-no-acpi"};
/// Of each machine of ours, and of those whose firmware boots only what is signed.
constexpr std::array<std::string_view, 2> kGlobals{"virtio-net-device.guest_announce=off",
                                                   "driver=cfi.pflash01,property=secure,value=on"};
/// Others of a machine name files (dumpdtb, firmware, boot.splash and more).
constexpr std::array<std::string_view, 13> kOfMachine{
    "acpi",      "dump-guest-core", "gic-version", "graphics", "hpet", "kernel_irqchip",
    "mem-merge", "memory-backend",  "pflash0",     "pflash1",  "smm",  "usb",
    "vmport"};
constexpr std::array<std::string_view, 5> kOfBoot{"menu", "once", "order", "reboot-timeout",
                                                  "strict"};
constexpr std::array<std::string_view, 2> kOfTpm{"chardev", "id"};
constexpr std::array<std::string_view, 4> kObjects{"rng-random", "rng-builtin", "iothread",
                                                   "memory-backend-ram"};
/// Devices of the host that a guest would get, and files of the host that one would read.
constexpr std::array<std::string_view, 8> kHostDevices{
    "vfio", "vhost", "usb-host", "u2f-passthru", "ccid-card", "loader", "scsi-generic", "ivshmem"};
/// Properties by which any other device reads a file or writes one, which needs no '/' in its name
/// where QEMU is started.
constexpr std::array<std::string_view, 22> kOfFiles{
    "bios",        "cdat",   "db",      "dtb",     "evdev",   "file",     "filename", "firmware",
    "frudatafile", "hidraw", "ibdev",   "initrd",  "kernel",  "loadparm", "logfile",  "mem-path",
    "path",        "pcap",   "romfile", "rootdir", "sdrfile", "sysfsdev"};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

base::Error suspicious(std::string_view option, std::string_view value, const std::string& where) {
  return {fmt::format("the checkpoint asks for '{} {}', which is more than a guest's hardware",
                      base::printable(option), base::printable(value)),
          where, "do not use it unless you know who made it"};
}

std::string text_of(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Whether value is "word,name=value,…" with names of the list alone; an empty word: there is none.
/// That two commas stand for one in QEMU's values hides no name, since none is empty.
template <class List>
bool has_only(const List& names, std::string_view word, std::string_view value) {
  auto parts = base::split(value, ',');
  if (!word.empty()) {
    if (parts.front() != word) {
      return false;
    }
    parts.erase(parts.begin());
  }
  return std::all_of(parts.begin(), parts.end(), [&names](std::string_view part) {
    const auto equals = part.find('=');
    return equals != std::string_view::npos && has(names, part.substr(0, equals));
  });
}

bool is_harmless_object(json object) {
  const auto type = text_of(object, "qom-type");
  if (type == "rng-random" && text_of(object, "filename") == "/dev/urandom") {
    object.erase("filename");
  }
  return has(kObjects, type) && !object.contains("filename") &&
         object.dump().find('/') == std::string::npos;
}

bool is_harmless_device(const json& device) {
  const auto driver = text_of(device, "driver");
  return !driver.empty() && device.dump().find('/') == std::string::npos &&
         std::none_of(kHostDevices.begin(), kHostDevices.end(),
                      [&driver](std::string_view prefix) { return driver.starts_with(prefix); }) &&
         std::none_of(kOfFiles.begin(), kOfFiles.end(),
                      [&device](std::string_view name) { return device.contains(name); });
}

bool is_harmless(std::string_view option, std::string_view value, const Checkpoint& checkpoint) {
  if (value.find('\\') != std::string_view::npos) {
    return false;
  }
  if (option == "-device" || option == "-object") {
    // As libvirt writes them. In QEMU's lists ("driver,name=value") a later driver is the one.
    const auto object =
        value.starts_with('{') ? json::parse(value, nullptr, false) : json::object();
    return object.is_object() &&
           (option == "-device" ? is_harmless_device(object) : is_harmless_object(object));
  }
  if (value.find('/') != std::string_view::npos) {
    return false;
  }
  if (option == "-machine") {
    const auto& machine = checkpoint.platform.machine;
    return !machine.empty() && has_only(kOfMachine, machine, value);
  }
  if (option == "-boot") {
    return has_only(kOfBoot, "", value);
  }
  if (option == "-tpmdev") {
    return has_only(kOfTpm, "emulator", value);
  }
  if (option == "-serial") {
    // An Arm's console is no device that one could add.
    return value == "chardev:" + checkpoint.hardware.console;
  }
  if (option == "-global") {
    return has(kGlobals, value);
  }
  return has(kWithPlainValue, option);
}

Result<void> check_hardware(const Checkpoint& checkpoint, const std::string& where) {
  const auto& hardware = checkpoint.hardware;
  auto names = hardware.disks;
  names.insert(names.end(), hardware.cdroms.begin(), hardware.cdroms.end());
  names.insert(names.end(), {hardware.network, hardware.console, hardware.agent, hardware.memory,
                             hardware.firmware_code, hardware.firmware_variables, hardware.tpm});
  for (const auto& name : names) {
    if (name.find_first_not_of(kNameCharacters) != std::string::npos) {
      return suspicious("", name, where);
    }
  }
  const auto& words = hardware.arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (has(kWithoutValue, words[i])) {
      continue;
    }
    if (i + 1 == words.size() || !is_harmless(words[i], words[i + 1], checkpoint)) {
      return suspicious(words[i], i + 1 == words.size() ? "" : words[i + 1], where);
    }
    ++i;
  }
  return {};
}

Result<void> check_names(Checkpoint& checkpoint, const std::filesystem::path& inputs,
                         const std::string& where) {
  auto& guest = checkpoint.guest;
  for (const auto* const path : files_of(guest)) {
    if (path->parent_path() != inputs) {
      return foreign(path->native(), where);
    }
  }
  if (checkpoint.key.empty() || guest.name.empty() || guest.name.size() > 50 ||
      guest.name.find_first_not_of(kNameCharacters) != std::string::npos) {
    return base::Error{"the checkpoint has no key, or its guest no proper name", where, ""};
  }
  for (const auto& disk : guest.disks) {
    if (disk.format != "raw" && disk.format != "qcow2") {
      return base::Error{fmt::format("'{}' is no format of a disk", base::printable(disk.format)),
                         where, ""};
    }
  }
  std::set<std::string> names;
  for (const auto& file : checkpoint.files) {
    if (!names.insert(file.name).second) {
      return base::Error{fmt::format("the checkpoint has {} twice", file.name), where, ""};
    }
  }
  return {};
}

}  // namespace

bool is_input_name(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<PortableCheckpoint> make_portable(const Checkpoint& checkpoint,
                                         const std::filesystem::path& store) {
  const auto where = store.native();
  auto value = json::parse(to_json(checkpoint));
  const auto inputs = (store / "inputs").native() + "/";
  std::set<std::string> names;
  change_texts(value["guest"], [&](std::string& text) {
    if (text.starts_with(inputs) && is_input_name(text.substr(inputs.size()))) {
      names.insert(text.substr(inputs.size()));
      text = std::string(kScheme) + text.substr(inputs.size());
    }
  });
  GANTRY_CHECK(check_guest(value["guest"], where));
  GANTRY_CHECK(check_hardware(checkpoint, where));
  // Where QEMU is installed is of no use elsewhere.
  value["platform"]["qemu"] = "";
  return PortableCheckpoint{oci::canonical(value), {names.begin(), names.end()}};
}

Result<Checkpoint> localize(std::string_view text, const std::filesystem::path& store,
                            const Platform& here, const std::string& where) {
  GANTRY_TRY(const auto document, oci::JsonDocument::parse(text, where));
  auto value = document.json();
  if (!value.is_object() || !value.contains("guest")) {
    return base::Error{"the checkpoint has no guest", where, ""};
  }
  GANTRY_CHECK(check_guest(value["guest"], where));
  change_texts(value["guest"], [&store](std::string& member) {
    if (member.starts_with(kScheme) && is_input_name(member.substr(kScheme.size()))) {
      member = (store / "inputs" / member.substr(kScheme.size())).native();
    }
  });
  GANTRY_TRY(auto checkpoint, parse_checkpoint(oci::canonical(value), where));
  GANTRY_CHECK(check_names(checkpoint, store / "inputs", where));
  GANTRY_CHECK(check_hardware(checkpoint, where));
  if (auto same = check_same_platform(checkpoint.platform, here); !same) {
    same.error().where = where;
    same.error().hint = "build it on this machine";
    return std::move(same).error();
  }
  checkpoint.platform = here;
  return checkpoint;
}

}  // namespace gantry::vm

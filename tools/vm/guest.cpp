#include "vm/guest.hpp"

#include <array>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::string_view kFirstLine = "gantry-guest 1";
constexpr std::uint64_t kLeastMemory = std::uint64_t{16} << 20;
constexpr std::uint64_t kPage = 4096;

base::Error wrong(std::string_view value, std::string_view what) {
  return {fmt::format("'{}' is not {}", base::printable(value), what), "", ""};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  if (!number || *number == 0 || *number > 65535) {
    return wrong(text, "a port (1 to 65535)");
  }
  return static_cast<std::uint16_t>(*number);
}

Result<void> set_name(Guest& guest, std::string_view value) {
  // It becomes the name of a domain of libvirt and of sockets.
  if (value.empty() || value.size() > 50 ||
      value.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
          std::string_view::npos) {
    return wrong(value, "a name (up to 50 letters, digits and any of '._-')");
  }
  guest.name = value;
  return {};
}

Result<void> set_architecture(Guest& guest, std::string_view value) {
  if (value != "x86_64" && value != "aarch64") {
    return wrong(value, "an architecture of guests (x86_64, aarch64)");
  }
  guest.architecture = value;
  return {};
}

Result<void> set_memory(Guest& guest, std::string_view value) {
  const auto bytes = base::parse_byte_size(value);
  if (!bytes || *bytes < kLeastMemory || *bytes % kPage != 0) {
    return wrong(value, "a size of memory (512M, 1.5G; at least 16M, whole pages of 4 KiB)");
  }
  guest.memory = *bytes;
  return {};
}

Result<void> set_cpus(Guest& guest, std::string_view value) {
  const auto count = base::parse_unsigned(value);
  if (!count || *count == 0 || *count > 255) {
    return wrong(value, "a number of CPUs (1 to 255)");
  }
  guest.cpus = static_cast<unsigned>(*count);
  return {};
}

Result<void> set_disk(Guest& guest, std::string_view value) {
  Disk disk;
  disk.path = value;
  const auto extension = disk.path.extension();
  disk.format = extension == ".raw" || extension == ".img" || extension == ".iso" ? "raw" : "qcow2";
  guest.disk = disk;
  return {};
}

Result<void> add_port(Guest& guest, std::string_view value) {
  const auto colon = value.find(':');
  PortForward port;
  if (colon != std::string_view::npos) {
    GANTRY_TRY(port.host, parse_port(value.substr(0, colon)));
    value.remove_prefix(colon + 1);
  }
  GANTRY_TRY(port.guest, parse_port(value));
  guest.ports.push_back(port);
  return {};
}

Result<void> set_path(std::filesystem::path& path, std::string_view value) {
  path = value;
  return {};
}

using Setter = std::function<Result<void>(Guest&, std::string_view)>;

const std::map<std::string, Setter, std::less<>>& setters() {
  static const std::map<std::string, Setter, std::less<>> table{
      {"name", set_name},
      {"architecture", set_architecture},
      {"memory", set_memory},
      {"cpus", set_cpus},
      {"disk", set_disk},
      {"kernel", [](Guest& guest, auto value) { return set_path(guest.kernel, value); }},
      {"initrd", [](Guest& guest, auto value) { return set_path(guest.initrd, value); }},
      {"command-line",
       [](Guest& guest, auto value) -> Result<void> {
         guest.command_line = value;
         return {};
       }},
      {"port", add_port},
  };
  return table;
}

Result<void> read_line(Guest& guest, std::string_view line) {
  const auto blank = line.find(' ');
  const auto key = line.substr(0, blank);
  const auto value = blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
  const auto setter = setters().find(key);
  if (setter == setters().end()) {
    std::vector<std::string> known;
    for (const auto& [name, unused] : setters()) {
      known.push_back(name);
    }
    const auto near = base::nearest(key, known);
    return base::Error{fmt::format("unknown key '{}'", base::printable(key)), "",
                       near ? fmt::format("did you mean '{}'?", *near)
                            : fmt::format("known are {}", base::join(known, ", "))};
  }
  return setter->second(guest, value);
}

}  // namespace

Result<Guest> parse_guest(std::string_view text, const std::string& where) {
  Guest guest;
  std::size_t number = 0;
  for (const auto line : base::split(text, '\n')) {
    ++number;
    auto read = number == 1    ? (line == kFirstLine ? Result<void>() : wrong(line, kFirstLine))
                : line.empty() ? Result<void>()
                               : read_line(guest, line);
    if (!read) {
      read.error().where = fmt::format("{}:{}", where, number);
      return read.error();
    }
  }
  if (guest.name.empty()) {
    return base::Error{"the guest has no name", where, ""};
  }
  if (!guest.disk && guest.kernel.empty()) {
    return base::Error{"the guest has nothing to boot", where, "give it a disk or a kernel"};
  }
  if (guest.kernel.empty() && (!guest.initrd.empty() || !guest.command_line.empty())) {
    return base::Error{"an initrd and a command line need a kernel", where, ""};
  }
  return guest;
}

}  // namespace gantry::vm

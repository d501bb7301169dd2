#include "vm/guest.hpp"

#include "base/text.hpp"
#include "vm/spec_lines.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::uint64_t kLeastMemory = std::uint64_t{16} << 20;
constexpr std::uint64_t kPage = 4096;

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  if (!number || *number == 0 || *number > 65535) {
    return wrong_value(text, "a port (1 to 65535)");
  }
  return static_cast<std::uint16_t>(*number);
}

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

}  // namespace

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
      {"disk", with(set_disk)},       {"kernel", into(guest.kernel)},
      {"initrd", into(guest.initrd)}, {"command-line", into(guest.command_line)},
      {"port", with(add_port)},
  };
  GANTRY_CHECK(read_spec(text, "gantry-guest 1", keys, where));
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

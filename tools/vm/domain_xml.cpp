#include "vm/domain_xml.hpp"

#include <fmt/format.h>

namespace gantry::vm {

namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '\'':
        result += "&apos;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string boot(const Guest& guest) {
  if (guest.kernel.empty()) {
    return "<boot dev='hd'/>";
  }
  std::string text = fmt::format("<kernel>{}</kernel>", escaped(guest.kernel.native()));
  if (!guest.initrd.empty()) {
    text += fmt::format("<initrd>{}</initrd>", escaped(guest.initrd.native()));
  }
  return text + fmt::format("<cmdline>{}</cmdline>", escaped(guest.command_line));
}

/// Discards reach the image, so that what the guest trims is not saved.
std::string disk(const std::filesystem::path& overlay) {
  if (overlay.empty()) {
    return {};
  }
  return fmt::format(
      "<disk type='file' device='disk'>"
      "<driver name='qemu' type='qcow2' discard='unmap' detect_zeroes='unmap'/>"
      "<source file='{}'/><target dev='vda' bus='virtio'/></disk>\n",
      escaped(overlay.native()));
}

}  // namespace

std::string domain_xml(const Guest& guest, const Platform& platform,
                       const std::filesystem::path& overlay, const Sockets& sockets) {
  const auto socket = [](const std::filesystem::path& path) {
    return fmt::format("<source mode='bind' path='{}'/>", escaped(path.native()));
  };
  return fmt::format(
      "<domain type='{}'>\n"
      "<name>{}</name><memory unit='b'>{}</memory><vcpu>{}</vcpu>\n"
      "<memoryBacking><source type='file'/><access mode='shared'/></memoryBacking>\n"
      "<os><type arch='{}' machine='{}'>hvm</type>{}</os>\n"
      "<features><acpi/></features>\n"
      "<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>{}</model></cpu>\n"
      "<genid/><clock offset='utc'/>\n"
      "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot>"
      "<on_crash>destroy</on_crash>\n"
      "<devices>\n"
      "<emulator>{}</emulator>\n{}"
      "<interface type='user'><mac address='52:54:00:67:61:6e'/><model type='virtio'/>"
      "</interface>\n"
      "<serial type='unix'>{}</serial>\n"
      "<channel type='unix'>{}<target type='virtio' name='gantry.agent.0'/></channel>\n"
      "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>\n"
      "<memballoon model='none'/><video><model type='none'/></video>\n"
      "</devices>\n</domain>\n",
      platform.accelerator == "kvm" ? "kvm" : "qemu", escaped(guest.name), guest.memory, guest.cpus,
      guest.architecture, escaped(platform.machine), boot(guest), escaped(platform.cpu),
      escaped(platform.qemu), disk(overlay), socket(sockets.console), socket(sockets.agent));
}

}  // namespace gantry::vm

#include "vm/domain_xml.hpp"

#include <span>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

namespace {

/// Of devices beside each other at the root, where libvirt would put a bridge (a root port, to plug
/// others in later) before each, which every guest and every clone would have to set up. Who has
/// more devices than there are slots has such bridges for the last of them.
class Slots {
 public:
  std::string next() {
    return next_ < kFirmwares ? fmt::format("<address type='pci' bus='0' slot='{}'/>", next_++)
                              : "";
  }

 private:
  static constexpr int kFirmwares = 0x1d;  ///< from here on are those of the chipset
  int next_ = 2;                           ///< 1 is where libvirt has the screen
};

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
    return "<boot dev='hd'/><boot dev='cdrom'/>";
  }
  std::string text = fmt::format("<kernel>{}</kernel>", escaped(guest.kernel.native()));
  if (!guest.initrd.empty()) {
    text += fmt::format("<initrd>{}</initrd>", escaped(guest.initrd.native()));
  }
  return text + fmt::format("<cmdline>{}</cmdline>", escaped(guest.command_line));
}

/// By itself, whatever images say of each other.
std::string backing(std::span<const Disk> images) {
  return images.empty() ? "<backingStore/>"
                        : fmt::format(
                              "<backingStore type='file'><format type='{}'/><source file='{}'/>{}"
                              "</backingStore>",
                              images.front().format, escaped(images.front().path.native()),
                              backing(images.subspan(1)));
}

/// Discards reach the images, so that what the guest trims is not saved. They outlive the machine
/// as parts of a checkpoint only, and those are written to the disk.
std::string disks(const std::vector<std::filesystem::path>& overlays, const GoingOn* going_on,
                  Slots& slots) {
  std::string text;
  for (std::size_t i = 0; i < overlays.size(); ++i) {
    text += fmt::format(
        "<disk type='file' device='disk'>"
        "<driver name='qemu' type='qcow2' cache='unsafe' discard='unmap' "
        "detect_zeroes='unmap'/>"
        "<source file='{}'/><target dev='vd{}' bus='virtio'/>{}{}</disk>\n",
        escaped(overlays[i].native()), static_cast<char>('a' + i), slots.next(),
        going_on == nullptr ? "" : backing(going_on->below.at(i)));
  }
  return text;
}

/// After the disks. What the host would keep back is none of the drive's.
std::string drives(const HostFiles& host, Slots& slots) {
  std::string text;
  for (std::size_t i = 0; i < host.drives.size(); ++i) {
    text += fmt::format(
        "<disk type='network' device='disk'>"
        "<driver name='qemu' type='raw' cache='none' discard='unmap'/>"
        "<source protocol='nbd'><host transport='unix' socket='{}'/></source>"
        "<target dev='vd{}' bus='virtio'/>{}</disk>\n",
        escaped(host.drives[i].native()), static_cast<char>('a' + host.disks.size() + i),
        slots.next());
  }
  return text;
}

/// On a bus of SCSI, which kernels of clouds know.
std::string cdroms(const std::vector<std::filesystem::path>& images, Slots& slots) {
  std::string text =
      images.empty() ? ""
                     : fmt::format("<controller type='scsi' model='virtio-scsi'>{}</controller>\n",
                                   slots.next());
  for (std::size_t i = 0; i < images.size(); ++i) {
    text += fmt::format(
        "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='{}'/>"
        "<target dev='sd{}' bus='scsi'/><readonly/></disk>\n",
        escaped(images[i].native()), static_cast<char>('a' + i));
  }
  return text;
}

/// What the guest writes is never given its owners, modes and kinds on the host: those are
/// attributes of files that belong to us.
std::string shares(const Guest& guest, Slots& slots) {
  std::string text;
  for (const auto& share : guest.shares) {
    text += fmt::format(
        "<filesystem type='mount' accessmode='{}'><source dir='{}'/><target dir='{}'/>{}{}"
        "</filesystem>\n",
        share.writable ? "mapped" : "squash", escaped(share.directory.native()),
        escaped(share.name), share.writable ? "" : "<readonly/>", slots.next());
  }
  return text;
}

std::string display(const Guest& guest, Slots& slots) {
  return guest.vga ? fmt::format(
                         "<controller type='usb' model='qemu-xhci'>{}</controller>"
                         "<input type='tablet' bus='usb'/>"
                         "<video><model type='vga' vram='16384'/></video>\n",
                         slots.next())
                   : "<controller type='usb' model='none'/>"
                     "<video><model type='none'/></video>\n";
}

std::string firmware(const Guest& guest, const std::filesystem::path& variables) {
  if (guest.firmware == FirmwareKind::kBios) {
    return {};
  }
  const bool secure = guest.firmware == FirmwareKind::kUefiSecure;
  return fmt::format(
      "<loader readonly='yes' secure='{}' type='pflash'>{}</loader><nvram>{}</nvram>",
      secure ? "yes" : "no", escaped(guest.firmware_code.native()), escaped(variables.native()));
}

/// Arm's have tables of ACPI by UEFI alone. What keeps variables from the system is a mode of the
/// processor (SMM).
std::string features(const Guest& guest) {
  std::string text;
  if (guest.architecture == "x86_64" || guest.firmware != FirmwareKind::kBios) {
    text += "<acpi/>";
  }
  if (guest.firmware == FirmwareKind::kUefiSecure) {
    text += "<smm state='on'/>";
  }
  return text.empty() ? text : "<features>" + text + "</features>";
}

std::string tpm(const Guest& guest, const std::filesystem::path& socket) {
  if (!guest.tpm) {
    return {};
  }
  return fmt::format(
      "<tpm model='{}'><backend type='external'><source type='unix' mode='connect' path='{}'/>"
      "</backend></tpm>\n",
      guest.architecture == "x86_64" ? "tpm-crb" : "tpm-tis", escaped(socket.native()));
}

/// Files stay whose they are.
std::string label(const std::string& user) {
  return user.empty() ? user
                      : fmt::format(
                            "<seclabel type='static' model='dac' relabel='no'>"
                            "<label>{}</label></seclabel>\n",
                            escaped(user));
}

/// A model with features in QEMU's words ("Opteron_G3,ssse3=on") in libvirt's.
std::string cpu(const std::string& named) {
  const auto words = base::split(named, ',');
  std::string text =
      fmt::format("<model fallback='forbid'>{}</model>", escaped(std::string(words.front())));
  for (const std::string_view word : std::span(words).subspan(1)) {
    const auto equals = word.find('=');
    text += fmt::format("<feature policy='{}' name='{}'/>",
                        word.substr(equals + 1) == "on" ? "require" : "disable",
                        escaped(std::string(word.substr(0, equals))));
  }
  return text;
}

std::string argument(const std::string& value) {
  return fmt::format("<qemu:arg value='{}'/>", escaped(value));
}

/// Options that libvirt has no words for. A guest that goes on elsewhere would announce there where
/// it is (gratuitous ARP): ours has a network of its own, without a switch that must learn it, and
/// what listens to the kernel in a Debian takes 20 ms to hear of it.
std::string options(const GoingOn* going_on) {
  std::string words = argument("-global") + argument("virtio-net-device.guest_announce=off");
  if (going_on != nullptr) {
    words += argument("-incoming") + argument("defer") + argument("-chardev") +
             argument(fmt::format("socket,id=gantry-monitor,path={},server=on,wait=off",
                                  going_on->monitor.native())) +
             argument("-mon") + argument("chardev=gantry-monitor,mode=control");
  }
  return fmt::format(
      "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>{}"
      "</qemu:commandline>\n",
      words);
}

std::string generation(const Guest& guest, const GoingOn* going_on) {
  if (going_on != nullptr) {
    return going_on->generation.empty()
               ? ""
               : fmt::format("<genid>{}</genid>", escaped(going_on->generation));
  }
  return guest.architecture == "x86_64" ? "<genid/>" : "";
}

}  // namespace

std::string domain_xml(const Guest& guest, const Platform& platform, const HostFiles& host,
                       const GoingOn* going_on) {
  const auto socket = [](const std::filesystem::path& path) {
    return fmt::format("<source mode='bind' path='{}'/>", escaped(path.native()));
  };
  Slots slots;
  const auto network = slots.next();
  const auto serial = slots.next();
  const auto random = slots.next();
  auto storage = disks(host.disks, going_on, slots);
  storage += drives(host, slots);
  storage += cdroms(guest.cdroms, slots);
  storage += shares(guest, slots);
  return fmt::format(
      "<domain type='{}'>\n"
      "<name>{}</name><memory unit='b'>{}</memory><vcpu>{}</vcpu>\n"
      "<memoryBacking><source type='file'/><access mode='{}'/></memoryBacking>\n"
      "<os><type arch='{}' machine='{}'>hvm</type>{}{}</os>\n{}\n"
      "<cpu mode='custom' match='exact' check='none'>{}</cpu>\n"
      "{}<clock offset='utc'/>\n"
      "<on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot>"
      "<on_crash>destroy</on_crash>\n"
      "<devices>\n"
      "<emulator>{}</emulator>\n{}"
      "<interface type='user'><mac address='52:54:00:67:61:6e'/><model type='virtio'/>{}"
      "</interface>\n"
      "<serial type='unix'>{}{}</serial>\n"
      "<controller type='virtio-serial'>{}</controller>\n"
      "<channel type='unix'>{}<target type='virtio' name='gantry.agent.0'/></channel>\n"
      "<rng model='virtio'><backend model='random'>/dev/urandom</backend>{}</rng>\n{}"
      "<memballoon model='none'/>{}"
      "</devices>\n{}{}</domain>\n",
      platform.accelerator == "kvm" ? "kvm" : "qemu",
      escaped(host.name.empty() ? guest.name : host.name), guest.memory, guest.cpus,
      going_on == nullptr ? "shared" : "private", guest.architecture, escaped(platform.machine),
      firmware(guest, host.variables), boot(guest), features(guest), cpu(platform.cpu),
      generation(guest, going_on), escaped(platform.qemu), storage, network, socket(host.console),
      going_on == nullptr
          ? ""
          : fmt::format("<log file='{}' append='on'/>", escaped(going_on->console_log.native())),
      serial, socket(host.agent), random, tpm(guest, host.tpm), display(guest, slots),
      label(host.user), options(going_on));
}

}  // namespace gantry::vm

#include "vm/domain_xml.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"

namespace gantry::vm {
namespace {

using testing::HasSubstr;
using testing::Not;

const Platform kPlatform{"tcg", "pc-q35-7.2", "Opteron_G3,monitor=off,ssse3=on",
                         "/usr/bin/qemu-system-x86_64", "7.2"};

const Platform kArm{"tcg", "virt-7.2", "cortex-a72", "/usr/bin/qemu-system-aarch64", "7.2"};

Guest small() {
  Guest guest;
  guest.name = "small";
  guest.memory = std::uint64_t{256} << 20;
  guest.kernel = "/inputs/kernel";
  return guest;
}

std::string xml_of(const Guest& guest, const Platform& platform = kPlatform) {
  return domain_xml(guest, platform,
                    {{"/run/d.qcow2", "/run/d1.qcow2"},
                     "/run/nvram",
                     "/run/console",
                     "/run/agent",
                     "/run/tpm",
                     std::vector<std::filesystem::path>(guest.devices.size(), "/run/drive")});
}

/// What libvirt's own schema says of it: nothing.
std::string schemas_complaint(const std::string& xml) {
  const auto directory = base::TempDir::create();
  EXPECT_TRUE(directory);
  const auto file = directory->path() / "domain.xml";
  EXPECT_TRUE(base::write_file(file, xml));
  const auto said = base::run({.arguments = {"virt-xml-validate", file.native(), "domain"}});
  EXPECT_TRUE(said);
  return said->exit_code == 0 ? "" : said->out + said->err;
}

TEST(DomainXml, IsOfLibvirtsSchema) {
  if (!base::find_program("virt-xml-validate")) {
    GTEST_SKIP() << "virt-xml-validate is not installed";
  }
  auto guest = small();
  EXPECT_EQ(schemas_complaint(xml_of(guest)), "");
  guest.vga = true;
  guest.cdroms = {"/inputs/a", "/inputs/b"};
  guest.shares = {{"data", "/data", false}, {"out", "/out", true}};
  EXPECT_EQ(schemas_complaint(xml_of(guest)), "");
  guest.tpm = true;
  guest.devices = {"/inputs/a", "/inputs/b"};
  for (const auto kind : {FirmwareKind::kUefi, FirmwareKind::kUefiSecure}) {
    guest.firmware = kind;
    guest.firmware_code = "/inputs/code";
    EXPECT_EQ(schemas_complaint(xml_of(guest)), "");
  }
  guest.architecture = "aarch64";
  guest.vga = false;
  for (const auto kind : {FirmwareKind::kBios, FirmwareKind::kUefi}) {
    guest.firmware = kind;
    EXPECT_EQ(schemas_complaint(xml_of(guest, kArm)), "");
  }
  EXPECT_NE(schemas_complaint("<domain><what/></domain>"), "");
}

TEST(DomainXml, RunsAsWhomItIsTold) {
  EXPECT_THAT(xml_of(small()), Not(HasSubstr("<seclabel")));
  HostFiles host{{}, {}, "/run/console", "/run/agent", {}, {}};
  host.name = "small-1a2b3c";
  host.user = "+0:+0";
  const auto xml = domain_xml(small(), kPlatform, host);
  EXPECT_THAT(xml, HasSubstr("<name>small-1a2b3c</name>"));
  EXPECT_THAT(xml, HasSubstr("<seclabel type='static' model='dac' relabel='no'>"
                             "<label>+0:+0</label></seclabel>"));
  if (base::find_program("virt-xml-validate")) {
    EXPECT_EQ(schemas_complaint(xml), "");
  }
}

TEST(DomainXml, OfOneThatGoesOnWaitsForItsState) {
  HostFiles host{{"/run/d.qcow2"}, {}, "/run/console", "/run/agent", {}, {}};
  const GoingOn going_on{"3b4c2f6e-0f0c-4d8c-9a57-3a1d9e5c7b11",
                         {{{"/store/d.qcow2", "qcow2"}, {"/store/d.raw", "raw"}}},
                         "/run/console.log",
                         "/run/monitor"};
  const auto xml = domain_xml(small(), kPlatform, host, &going_on);
  EXPECT_THAT(xml, HasSubstr("<access mode='private'/>"));
  EXPECT_THAT(xml, HasSubstr("<genid>3b4c2f6e-0f0c-4d8c-9a57-3a1d9e5c7b11</genid>"));
  EXPECT_THAT(xml, HasSubstr("<backingStore type='file'><format type='qcow2'/>"
                             "<source file='/store/d.qcow2'/>"
                             "<backingStore type='file'><format type='raw'/>"
                             "<source file='/store/d.raw'/><backingStore/></backingStore>"));
  EXPECT_THAT(xml, HasSubstr("<log file='/run/console.log' append='on'/>"));
  EXPECT_THAT(xml, HasSubstr("<qemu:arg value='-incoming'/><qemu:arg value='defer'/>"));
  EXPECT_THAT(xml, HasSubstr("path=/run/monitor,server=on"));
  if (base::find_program("virt-xml-validate")) {
    EXPECT_EQ(schemas_complaint(xml), "");
  }
}

TEST(DomainXml, AnnouncesNothingWhenItGoesOn) {
  EXPECT_THAT(xml_of(small()),
              HasSubstr("<qemu:arg value='-global'/>"
                        "<qemu:arg value='virtio-net-device.guest_announce=off'/>"));
}

TEST(DomainXml, HasAScreenWhereOneIsAskedFor) {
  auto guest = small();
  EXPECT_THAT(xml_of(guest), HasSubstr("<video><model type='none'/></video>"));
  EXPECT_THAT(xml_of(guest), Not(HasSubstr("<input")));
  guest.vga = true;
  EXPECT_THAT(xml_of(guest), HasSubstr("<video><model type='vga' vram='16384'/></video>"));
  EXPECT_THAT(xml_of(guest), HasSubstr("<input type='tablet' bus='usb'/>"));
  EXPECT_THAT(xml_of(guest), Not(HasSubstr("<graphics")));
}

TEST(DomainXml, HasEachDiskAndCdrom) {
  auto guest = small();
  EXPECT_THAT(xml_of(guest), Not(HasSubstr("scsi")));
  guest.cdroms = {"/inputs/a", "/inputs/b"};
  const auto xml = xml_of(guest);
  EXPECT_THAT(xml, HasSubstr("<source file='/run/d.qcow2'/><target dev='vda' bus='virtio'/>"));
  EXPECT_THAT(xml, HasSubstr("<source file='/run/d1.qcow2'/><target dev='vdb' bus='virtio'/>"));
  EXPECT_THAT(xml,
              HasSubstr("<source file='/inputs/a'/><target dev='sda' bus='scsi'/><readonly/>"));
  EXPECT_THAT(xml,
              HasSubstr("<source file='/inputs/b'/><target dev='sdb' bus='scsi'/><readonly/>"));
  EXPECT_THAT(xml, Not(HasSubstr("<boot dev=")));
  guest.kernel.clear();
  EXPECT_THAT(xml_of(guest), HasSubstr("<boot dev='hd'/><boot dev='cdrom'/>"));
}

TEST(DomainXml, NamesTheFeaturesOfItsCpu) {
  EXPECT_THAT(xml_of(small()), HasSubstr("<model fallback='forbid'>Opteron_G3</model>"
                                         "<feature policy='disable' name='monitor'/>"
                                         "<feature policy='require' name='ssse3'/></cpu>"));
}

TEST(DomainXml, HasAllDevicesAtTheRoot) {
  auto guest = small();
  guest.vga = true;
  guest.cdroms = {"/inputs/a"};
  guest.devices = {"/inputs/a"};
  guest.shares = {{"data", "/data", false}};
  const auto xml = xml_of(guest);
  for (int slot = 2; slot <= 10; ++slot) {
    EXPECT_THAT(xml, HasSubstr(fmt::format("<address type='pci' bus='0' slot='{}'/>", slot)));
  }
  EXPECT_THAT(xml, Not(HasSubstr("slot='11'")));
}

TEST(DomainXml, HasItsShares) {
  auto guest = small();
  EXPECT_THAT(xml_of(guest), Not(HasSubstr("<filesystem")));
  guest.shares = {{"data", "/a&b", false}, {"out", "/out", true}};
  const auto xml = xml_of(guest);
  EXPECT_THAT(xml, HasSubstr("<filesystem type='mount' accessmode='squash'><source dir='/a&amp;b'/>"
                             "<target dir='data'/><readonly/><address "));
  EXPECT_THAT(xml, HasSubstr("<filesystem type='mount' accessmode='mapped'><source dir='/out'/>"
                             "<target dir='out'/><address "));
}

TEST(DomainXml, HasTheFirmwareThatIsAskedFor) {
  auto guest = small();
  EXPECT_THAT(xml_of(guest), Not(HasSubstr("<loader")));
  EXPECT_THAT(xml_of(guest), HasSubstr("<features><acpi/></features>"));
  guest.firmware = FirmwareKind::kUefi;
  guest.firmware_code = "/inputs/code";
  EXPECT_THAT(xml_of(guest),
              HasSubstr("<loader readonly='yes' secure='no' type='pflash'>/inputs/code</loader>"
                        "<nvram>/run/nvram</nvram>"));
  EXPECT_THAT(xml_of(guest), HasSubstr("<features><acpi/></features>"));
  guest.firmware = FirmwareKind::kUefiSecure;
  EXPECT_THAT(xml_of(guest), HasSubstr("<loader readonly='yes' secure='yes' type='pflash'>"));
  EXPECT_THAT(xml_of(guest), HasSubstr("<features><acpi/><smm state='on'/></features>"));
}

TEST(DomainXml, HasATpmWhereOneIsAskedFor) {
  auto guest = small();
  EXPECT_THAT(xml_of(guest), Not(HasSubstr("<tpm")));
  guest.tpm = true;
  EXPECT_THAT(xml_of(guest),
              HasSubstr("<tpm model='tpm-crb'><backend type='external'>"
                        "<source type='unix' mode='connect' path='/run/tpm'/></backend></tpm>"));
  guest.architecture = "aarch64";
  EXPECT_THAT(xml_of(guest, kArm), HasSubstr("<tpm model='tpm-tis'>"));
}

TEST(DomainXml, OfArmHasNothingOfThePc) {
  auto guest = small();
  guest.architecture = "aarch64";
  const auto xml = xml_of(guest, kArm);
  EXPECT_THAT(xml, HasSubstr("<type arch='aarch64' machine='virt-7.2'>hvm</type>"));
  EXPECT_THAT(xml, Not(HasSubstr("<acpi/>")));
  EXPECT_THAT(xml, Not(HasSubstr("<genid/>")));
  guest.firmware = FirmwareKind::kUefi;
  EXPECT_THAT(xml_of(guest, kArm), HasSubstr("<features><acpi/></features>"));
}

TEST(DomainXml, SimulatedDrivesComeAfterTheDisks) {
  auto guest = small();
  EXPECT_THAT(xml_of(guest), Not(HasSubstr("nbd")));
  guest.devices = {"/inputs/a", "/inputs/b"};
  for (const auto* const name : {"vdc", "vdd"}) {
    EXPECT_THAT(
        xml_of(guest),
        HasSubstr(std::string("<driver name='qemu' type='raw' cache='none' discard='unmap'/>"
                              "<source protocol='nbd'><host transport='unix' socket='/run/drive'/>"
                              "</source><target dev='") +
                  name + "' bus='virtio'/>"));
  }
}

TEST(DomainXml, TextOfUsersStaysText) {
  auto guest = small();
  guest.command_line = "a='<b>' & \"c\"";
  EXPECT_THAT(xml_of(guest),
              HasSubstr("<cmdline>a=&apos;&lt;b&gt;&apos; &amp; &quot;c&quot;</cmdline>"));
}

}  // namespace
}  // namespace gantry::vm

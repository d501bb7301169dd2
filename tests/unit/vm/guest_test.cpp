#include "vm/guest.hpp"

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

std::string message_of(const std::string& text) {
  const auto guest = parse_guest(text, "guest.spec");
  return guest ? "accepted" : guest.error().where + ": " + guest.error().what;
}

TEST(GuestSpec, IsReadWhole) {
  const auto guest = parse_guest(
      "gantry-guest 1\nname nas\nmemory 1G\ncpus 2\ndisk /tmp/nas.qcow2\nport 22\nport 8080:80\n",
      "guest.spec");
  ASSERT_TRUE(guest) << guest.error().what;
  EXPECT_EQ(guest->name, "nas");
  EXPECT_EQ(guest->memory, std::uint64_t{1} << 30);
  EXPECT_EQ(guest->cpus, 2U);
  ASSERT_EQ(guest->disks.size(), 1U);
  EXPECT_EQ(guest->disks[0].path, "/tmp/nas.qcow2");
  EXPECT_EQ(guest->disks[0].format, "qcow2");
  ASSERT_EQ(guest->ports.size(), 2U);
  EXPECT_EQ(guest->ports[0].host, 0);
  EXPECT_EQ(guest->ports[1].host, 8080);
  EXPECT_EQ(guest->ports[1].guest, 80);
}

TEST(GuestSpec, TheNameOfADiskSaysItsFormat) {
  EXPECT_EQ(parse_guest("gantry-guest 1\nname a\ndisk a.raw\n", "g")->disks[0].format, "raw");
  EXPECT_EQ(parse_guest("gantry-guest 1\nname a\ndisk a.img\n", "g")->disks[0].format, "raw");
}

TEST(GuestSpec, DisksAndCdromsKeepTheirOrder) {
  auto guest = parse_guest(
      "gantry-guest 1\nname a\nkernel k\ndisk b\ncdrom c.iso\ndisk d.raw\ncdrom e.iso\n", "g");
  ASSERT_TRUE(guest) << guest.error().what;
  std::vector<std::string> files;
  for (const auto* const file : files_of(*guest)) {
    files.push_back(file->native());
  }
  EXPECT_EQ(files, (std::vector<std::string>{"k", "b", "d.raw", "c.iso", "e.iso"}));
  EXPECT_TRUE(parse_guest("gantry-guest 1\nname a\ncdrom installer.iso\n", "g"));
  const auto times = [](int count, const std::string& line) {
    std::string text = "gantry-guest 1\nname a\n";
    for (int i = 0; i < count; ++i) {
      text += line;
    }
    return text;
  };
  EXPECT_TRUE(parse_guest(times(16, "disk b\n"), "g"));
  EXPECT_EQ(message_of(times(17, "disk b\n")), "guest.spec:19: a guest has at most 16 disks");
  EXPECT_TRUE(parse_guest(times(4, "cdrom b\n"), "g"));
  EXPECT_EQ(message_of(times(5, "cdrom b\n")), "guest.spec:7: a guest has at most 4 CD-ROMs");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\ndisk\n"), "guest.spec:3: '' is not a file");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\ncdrom \n"), "guest.spec:3: '' is not a file");
}

TEST(GuestSpec, AScreenIsAskedFor) {
  EXPECT_FALSE(parse_guest("gantry-guest 1\nname a\ndisk b\n", "g")->vga);
  EXPECT_FALSE(parse_guest("gantry-guest 1\nname a\ndisk b\ndisplay none\n", "g")->vga);
  EXPECT_TRUE(parse_guest("gantry-guest 1\nname a\ndisk b\ndisplay vga\n", "g")->vga);
  EXPECT_EQ(message_of("gantry-guest 1\nname a\ndisk b\ndisplay qxl\n"),
            "guest.spec:4: 'qxl' is not a display (vga, none)");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\ndisplay vga\nkernel b\narchitecture aarch64\n"),
            "guest.spec: guests of aarch64 have no VGA");
}

TEST(GuestSpec, FirmwareAndTpmAreAskedFor) {
  const std::string begin = "gantry-guest 1\nname a\ndisk b\n";
  EXPECT_EQ(parse_guest(begin, "g")->firmware, FirmwareKind::kBios);
  EXPECT_FALSE(parse_guest(begin + "tpm none\n", "g")->tpm);
  EXPECT_TRUE(parse_guest(begin + "tpm 2.0\n", "g")->tpm);
  for (const auto* const word : {"bios", "uefi", "uefi-secure"}) {
    EXPECT_EQ(name_of(parse_guest(begin + "firmware " + word + "\n", "g")->firmware), word);
  }
  EXPECT_EQ(message_of(begin + "firmware UEFI\n"),
            "guest.spec:4: 'UEFI' is not a firmware (bios, uefi, uefi-secure)");
  EXPECT_EQ(message_of(begin + "tpm 1.2\n"), "guest.spec:4: '1.2' is not a TPM (2.0, none)");
  EXPECT_EQ(message_of(begin + "firmware uefi-secure\narchitecture aarch64\n"),
            "guest.spec: guests of aarch64 keep no keys from their own system");
}

TEST(GuestSpec, GuestsOfArmBootByUefiOrByAKernel) {
  const std::string begin = "gantry-guest 1\nname a\narchitecture aarch64\n";
  EXPECT_EQ(message_of(begin + "disk b\n"),
            "guest.spec: guests of aarch64 have no BIOS that boots disks");
  EXPECT_EQ(message_of(begin + "disk b\nfirmware uefi\n"), "accepted");
  EXPECT_EQ(message_of(begin + "kernel b\n"), "accepted");
}

TEST(GuestSpec, SimulatedDrivesAreDescriptions) {
  const std::string begin = "gantry-guest 1\nname a\nkernel k\n";
  const auto guest = parse_guest(begin + "device a.json\ndevice b.json\n", "g");
  ASSERT_TRUE(guest) << guest.error().what;
  EXPECT_EQ(guest->devices, (std::vector<std::filesystem::path>{"a.json", "b.json"}));
  std::string many = begin;
  for (int i = 0; i < 5; ++i) {
    many += "device a.json\n";
  }
  EXPECT_EQ(message_of(many), "guest.spec:8: a guest has at most 4 simulated drives");
  EXPECT_EQ(message_of(begin + "device \n"), "guest.spec:4: '' is not a file");
}

TEST(GuestSpec, SharesAreReadOnlyUnlessItIsSaid) {
  const std::string begin = "gantry-guest 1\nname a\nkernel k\n";
  const auto guest = parse_guest(begin + "share data=/a b=c:rx\nshare out-1=/o:rw\n", "g");
  ASSERT_TRUE(guest) << guest.error().what;
  ASSERT_EQ(guest->shares.size(), 2U);
  EXPECT_EQ(guest->shares[0].name, "data");
  EXPECT_EQ(guest->shares[0].directory, "/a b=c:rx");
  EXPECT_FALSE(guest->shares[0].writable);
  EXPECT_EQ(guest->shares[1].directory, "/o");
  EXPECT_TRUE(guest->shares[1].writable);
  EXPECT_EQ(message_of(begin + "share a=/x\nshare a=/y\n"),
            "guest.spec:5: there are two shares called a");
  for (const std::string wrong : {"", "a", "a=", "=/x", "a=x", "a=:rw", "../a=/x", "a b=/x",
                                  "$(a)=/x", "-o=/x", "a2345678901234567890123456789012=/x"}) {
    EXPECT_EQ(message_of(begin + "share " + wrong + "\n"),
              "guest.spec:4: '" + wrong +
                  "' is not a share (NAME=DIRECTORY or NAME=DIRECTORY:rw, NAME of up to 31 "
                  "letters, digits and any of '_-', DIRECTORY absolute)");
  }
}

TEST(GuestSpec, ErrorsNameTheLine) {
  EXPECT_EQ(message_of("gantry-image 1\n"), "guest.spec:1: 'gantry-image 1' is not gantry-guest 1");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\nmemry 1G\n"), "guest.spec:3: unknown key 'memry'");
  EXPECT_EQ(message_of("gantry-guest 1\nname a b\n"),
            "guest.spec:2: 'a b' is not a name (up to 50 letters, digits and any of '._-')");
  EXPECT_EQ(message_of("gantry-guest 1\nmemory 12\n"),
            "guest.spec:2: '12' is not a size of memory (512M, 1.5G; at least 16M, whole pages of "
            "4 KiB)");
  EXPECT_EQ(message_of("gantry-guest 1\nport 80:0\n"),
            "guest.spec:2: '0' is not a port (1 to 65535)");
  EXPECT_EQ(message_of("gantry-guest 1\nport 70000\n"),
            "guest.spec:2: '70000' is not a port (1 to 65535)");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\n"), "guest.spec: the guest has nothing to boot");
  EXPECT_EQ(message_of("gantry-guest 1\nname a\ndisk b\ninitrd c\n"),
            "guest.spec: an initrd and a command line need a kernel");
}

}  // namespace
}  // namespace gantry::vm

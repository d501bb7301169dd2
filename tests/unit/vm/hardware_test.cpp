#include "vm/hardware.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// What libvirt 9.0 started for a guest of ours.
const std::vector<std::string>& libvirts() {
  static const std::vector<std::string> words{
      "/usr/bin/qemu-system-x86_64",
      "-name",
      "guest=g1,debug-threads=on",
      "-S",
      "-object",
      R"({"qom-type":"secret","id":"masterKey0","format":"raw","file":"/r/master-key.aes"})",
      "-machine",
      "pc-q35-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram,"
      "pflash0=libvirt-pflash0-format,pflash1=libvirt-pflash1-format",
      "-accel",
      "tcg",
      "-cpu",
      "Nehalem",
      "-m",
      "256",
      "-object",
      R"({"qom-type":"memory-backend-file","id":"pc.ram","mem-path":"/r/pc.ram","share":true,"x-use-canonical-path-for-ramblock-id":false,"size":268435456})",
      "-overcommit",
      "mem-lock=off",
      "-smp",
      "1,sockets=1,cores=1,threads=1",
      "-uuid",
      "dec05b87-e7d2-454d-8e6d-ae3885ecbd4a",
      "-display",
      "none",
      "-no-user-config",
      "-nodefaults",
      "-chardev",
      "socket,id=charmonitor,fd=7,server=on,wait=off",
      "-mon",
      "chardev=charmonitor,id=monitor,mode=control",
      "-rtc",
      "base=utc",
      "-no-shutdown",
      "-boot",
      "strict=on",
      "-kernel",
      "/boot/vmlinuz",
      "-append",
      "-quiet",
      "-device",
      R"({"driver":"virtio-serial-pci","id":"virtio-serial0","bus":"pci.3","addr":"0x0"})",
      "-blockdev",
      R"({"driver":"file","filename":"/d.qcow2","node-name":"libvirt-2-storage"})",
      "-blockdev",
      R"({"node-name":"libvirt-2-format","driver":"qcow2","file":"libvirt-2-storage","backing":null})",
      "-device",
      R"({"driver":"virtio-blk-pci","bus":"pci.4","addr":"0x0","drive":"libvirt-2-format","id":"virtio-disk0"})",
      "-device",
      R"({"driver":"scsi-cd","bus":"scsi0.0","drive":"libvirt-1-format","id":"scsi0-0-0-0"})",
      "-netdev",
      R"({"type":"user","id":"hostnet0"})",
      "-device",
      R"({"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","mac":"52:54:00:12:34:56"})",
      "-chardev",
      "socket,id=charserial0,fd=5,server=on,wait=off",
      "-device",
      R"({"driver":"isa-serial","chardev":"charserial0","id":"serial0","index":0})",
      "-chardev",
      "socket,id=charchannel0,fd=6,server=on,wait=off",
      "-device",
      R"({"driver":"virtserialport","bus":"virtio-serial0.0","nr":1,"chardev":"charchannel0","id":"channel0","name":"gantry.agent.0"})",
      "-chardev",
      "socket,id=chrtpm,path=/r/tpm",
      "-tpmdev",
      "emulator,id=tpm-tpm0,chardev=chrtpm",
      "-device",
      R"({"driver":"tpm-crb","tpmdev":"tpm-tpm0","id":"tpm0"})",
      "-object",
      R"({"qom-type":"rng-random","id":"objrng0","filename":"/dev/urandom"})",
      "-sandbox",
      "on,obsolete=deny",
      "-msg",
      "timestamp=on"};
  return words;
}

TEST(Hardware, IsWhatTheGuestSeesOfLibvirtsCommandLine) {
  const auto hardware = hardware_of(libvirts());
  ASSERT_TRUE(hardware) << hardware.error().what;
  EXPECT_EQ(hardware->disks, std::vector<std::string>{"libvirt-2-format"});
  EXPECT_EQ(hardware->cdroms, std::vector<std::string>{"libvirt-1-format"});
  EXPECT_EQ(hardware->firmware_code, "libvirt-pflash0-format");
  EXPECT_EQ(hardware->firmware_variables, "libvirt-pflash1-format");
  EXPECT_EQ(hardware->tpm, "chrtpm");
  EXPECT_EQ(hardware->network, "hostnet0");
  EXPECT_EQ(hardware->console, "charserial0");
  EXPECT_EQ(hardware->agent, "charchannel0");
  EXPECT_EQ(hardware->memory, "pc.ram");
  for (const char* kept : {"-machine", "-cpu", "-m", "-smp", "-uuid", "-rtc", "-boot", "-object"}) {
    EXPECT_THAT(hardware->arguments, Contains(kept));
  }
  for (const char* dropped : {"-S", "-name", "-chardev", "-mon", "-blockdev", "-netdev", "-sandbox",
                              "-kernel", "-append", "-quiet", "-accel", "-nodefaults"}) {
    EXPECT_THAT(hardware->arguments, Not(Contains(dropped)));
  }
  EXPECT_THAT(hardware->arguments, Not(Contains(HasSubstr("masterKey0"))));
  EXPECT_THAT(hardware->arguments, Not(Contains(HasSubstr("memory-backend-file"))));
  EXPECT_THAT(hardware->arguments, Contains(HasSubstr("rng-random")));
}

TEST(Hardware, AMachineWithoutMemoryInAFileIsNotOurs) {
  const std::vector<std::string> words{"qemu", "-m", "256"};
  EXPECT_EQ(hardware_of(words).error().what, "the machine has no memory in a file");
}

TEST(MemoryOf, IsTheFileThatLibvirtHasMade) {
  const std::vector<std::string> words{
      "qemu", "-object",
      R"({"qom-type":"memory-backend-file","id":"pc.ram","mem-path":"/m/pc.ram","size":4096})"};
  const auto memory = memory_of(words);
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->path, "/m/pc.ram");
  EXPECT_EQ(memory->size, 4096U);
  const std::vector<std::string> none{"qemu", "-object", R"({"qom-type":"memory-backend-ram"})"};
  EXPECT_EQ(memory_of(none).error().what, "libvirt has made no file for the guest's memory");
}

TEST(Hardware, AnOptionWithoutItsValueIsSaid) {
  const std::vector<std::string> words{"qemu", "-m"};
  EXPECT_EQ(hardware_of(words).error().what, "QEMU's option -m has no value");
  const std::vector<std::string> broken{"qemu", "-device", "{\"driver\":"};
  EXPECT_EQ(hardware_of(broken).error().what, "QEMU's option -device has a value that is no JSON");
}

std::string after_option(const std::vector<std::string>& words, std::string_view option) {
  const auto at = std::find(words.begin(), words.end(), option);
  return at == words.end() ? "" : *(at + 1);
}

TEST(NetworkDevice, IsTheOneAtTheNetwork) {
  EXPECT_EQ(network_device(*hardware_of(libvirts())), "net0");
  EXPECT_EQ(network_device({}), "");
}

TEST(ResumingCommandLine, SharesAreFoundByTheirTags) {
  auto words = libvirts();
  words.insert(words.end(),
               {"-fsdev", "local,security_model=none,readonly=on,id=fsdev-fs0,path=/old", "-device",
                R"({"driver":"virtio-9p-pci","fsdev":"fsdev-fs0","mount_tag":"data"})", "-fsdev",
                "local,security_model=mapped,id=fsdev-fs1,path=/old2", "-device",
                R"({"driver":"virtio-9p-pci","fsdev":"fsdev-fs1","mount_tag":"out"})"});
  const auto hardware = *hardware_of(words);
  EXPECT_THAT(hardware.arguments, Not(Contains(HasSubstr("/old"))));
  Backends backends;
  backends.disks = {{{"/run/disk.qcow2", "qcow2"}}};
  Guest guest;
  guest.cdroms = {"/inputs/seed"};
  guest.shares = {{"out", "/o,p", true}, {"data", "/d", false}};
  const auto resumed = resuming_command_line(
      guest, {"tcg", "pc-q35-7.2", "Nehalem", "/usr/bin/qemu-system-x86_64", "7.2"}, hardware,
      backends);
  EXPECT_THAT(resumed, Contains("local,id=fsdev-fs0,path=/d,security_model=none,readonly=on"));
  EXPECT_THAT(resumed, Contains("local,id=fsdev-fs1,path=/o,,p,security_model=mapped-xattr"));
}

TEST(ResumingCommandLine, SimulatedDrivesComeAfterTheDisks) {
  auto hardware = *hardware_of(libvirts());
  hardware.disks.emplace_back("libvirt-3-format");
  Backends backends;
  backends.disks = {{{"/run/disk.qcow2", "qcow2"}}};
  backends.drives = {"/run/drive0"};
  Guest guest;
  guest.cdroms = {"/inputs/seed"};
  const auto words = resuming_command_line(
      guest, {"tcg", "pc-q35-7.2", "Nehalem", "/usr/bin/qemu-system-x86_64", "7.2"}, hardware,
      backends);
  EXPECT_THAT(
      words,
      Contains(R"({"cache":{"direct":true,"no-flush":false},"discard":"unmap","driver":"raw",)"
               R"("file":{"cache":{"direct":true,"no-flush":false},"discard":"unmap",)"
               R"("driver":"nbd","server":{"path":"/run/drive0","type":"unix"}},)"
               R"("node-name":"libvirt-3-format"})"));
}

TEST(ResumingCommandLine, HasTheHostsSideOfItsOwn) {
  Guest guest;
  guest.name = "g1";
  guest.memory = std::uint64_t{256} << 20;
  guest.kernel = "/inputs/kernel";
  guest.command_line = "quiet";
  Backends backends;
  backends.name = "g1";
  backends.memory = "/store/ram";
  backends.disks = {
      {{"/run/disk.qcow2", "qcow2"}, {"/store/disk,2.qcow2", "qcow2"}, {"/inputs/base", "raw"}}};
  guest.cdroms = {"/inputs/seed"};
  guest.firmware_code = "/inputs/code";
  backends.variables = "/run/nvram";
  backends.tpm = "/run,1/tpm";
  backends.ports = {{22, 0}, {80, 8080}};
  backends.monitor = 10;
  backends.console = 11;
  backends.agent = 12;
  backends.console_log = "/run/a,b/console.log";
  const auto words = resuming_command_line(
      guest, {"tcg", "pc-q35-7.2", "Nehalem", "/usr/bin/qemu-system-x86_64", "7.2"},
      *hardware_of(libvirts()), backends);
  EXPECT_EQ(words.front(), "/usr/bin/qemu-system-x86_64");
  EXPECT_EQ(
      after_option(words, "-blockdev"),
      R"({"backing":{"backing":{"driver":"raw","file":{"discard":"unmap","driver":"file",)"
      R"("filename":"/inputs/base"}},"driver":"qcow2","file":{"discard":"unmap",)"
      R"("driver":"file","filename":"/store/disk,2.qcow2"}},"cache":{"no-flush":true},)"
      R"("detect-zeroes":"unmap","discard":"unmap","driver":"qcow2","file":{"discard":"unmap","driver":"file",)"
      R"("filename":"/run/disk.qcow2"},"node-name":"libvirt-2-format"})");
  EXPECT_THAT(words,
              Contains(R"({"driver":"raw","file":{"driver":"file","filename":)"
                       R"("/inputs/seed"},"node-name":"libvirt-1-format","read-only":true})"));
  EXPECT_THAT(words, Contains(R"({"driver":"raw","file":{"driver":"file","filename":)"
                              R"("/inputs/code"},"node-name":"libvirt-pflash0-format",)"
                              R"("read-only":true})"));
  EXPECT_THAT(words, Contains(R"({"driver":"raw","file":{"driver":"file","filename":)"
                              R"("/run/nvram"},"node-name":"libvirt-pflash1-format",)"
                              R"("read-only":false})"));
  EXPECT_THAT(words, Contains("socket,id=chrtpm,path=/run,,1/tpm"));
  EXPECT_THAT(words, Contains("emulator,id=tpm-tpm0,chardev=chrtpm"));
  EXPECT_EQ(after_option(words, "-netdev"),
            R"({"hostfwd":[{"str":"tcp:127.0.0.1:0-:22"},{"str":"tcp:127.0.0.1:8080-:80"}],)"
            R"("id":"hostnet0","type":"user"})");
  EXPECT_THAT(after_option(words, "-object"), HasSubstr(R"("share":false)"));
  EXPECT_EQ(after_option(words, "-kernel"), "/inputs/kernel");
  EXPECT_EQ(after_option(words, "-incoming"), "defer");
  EXPECT_THAT(words, Contains("socket,id=charserial0,fd=11,server=on,wait=off,logappend=on,"
                              "logfile=/run/a,,b/console.log"));
  EXPECT_THAT(words, Contains("socket,id=charchannel0,fd=12,server=on,wait=off"));
}

TEST(Hardware, CanHaveAnotherGeneration) {
  std::vector<std::string> arguments{"-device", R"({"driver":"vmgenid","guid":"1","id":"g"})",
                                     "-device", R"({"driver":"virtio-rng-pci","guid":"1"})"};
  set_generation(arguments, "2");
  EXPECT_EQ(arguments[1], R"({"driver":"vmgenid","guid":"2","id":"g"})");
  EXPECT_EQ(arguments[3], R"({"driver":"virtio-rng-pci","guid":"1"})");
}

}  // namespace
}  // namespace gantry::vm

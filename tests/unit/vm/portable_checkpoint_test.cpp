#include "vm/portable_checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "saved_checkpoint.hpp"

namespace gantry::vm {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class PortableCheckpointTest : public testing::Test {
 protected:
  PortableCheckpointTest() {
    checkpoint_ = save_checkpoint(store_, directory_.path(), 'a', "memory");
  }

  json portable() { return json::parse(make_portable(checkpoint_, store_.root())->json); }

  static base::Result<Checkpoint> read(const json& value, Platform here = test_platform()) {
    return localize(value.dump(), "/elsewhere", here, "registry");
  }

  static std::string refusal(const json& value) {
    const auto checkpoint = read(value);
    return checkpoint ? "nothing" : checkpoint.error().what;
  }

  /// What is said of a command line with this option.
  std::string refusal_of(const std::string& option, const std::string& value) {
    auto changed = portable();
    changed["hardware"]["arguments"] = {option, value};
    return refusal(changed);
  }

  base::TempDir directory_ = *base::TempDir::create();
  Store store_ = *Store::open(directory_.path() / "store");
  Checkpoint checkpoint_;
};

TEST_F(PortableCheckpointTest, PathsAreThoseOfTheStoreWhereItComesTo) {
  const auto packed = make_portable(checkpoint_, store_.root());
  ASSERT_TRUE(packed) << packed.error().what;
  ASSERT_EQ(packed->inputs.size(), 1U);
  EXPECT_EQ(packed->inputs[0], checkpoint_.guest.disks[0].path.filename());
  EXPECT_EQ(packed->json.find(store_.root().native()), std::string::npos);
  auto here = test_platform();
  here.qemu = "/opt/qemu";
  const auto read = localize(packed->json, "/elsewhere", here, "registry");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->guest.disks[0].path, "/elsewhere/inputs/" + packed->inputs[0]);
  EXPECT_EQ(read->platform.qemu, "/opt/qemu") << "what a registry names is started";
  EXPECT_EQ(read->files, checkpoint_.files);
  EXPECT_EQ(make_portable(*read, "/elsewhere")->json, packed->json);
}

TEST_F(PortableCheckpointTest, WhatIsOnThisMachineAloneDoesNotTravel) {
  checkpoint_.guest.kernel = "/boot/vmlinuz";
  const auto packed = make_portable(checkpoint_, store_.root());
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().what,
            "the checkpoint needs '/boot/vmlinuz', which is of one machine alone");
}

TEST_F(PortableCheckpointTest, FilesOfThisMachineAreNotNamedByARegistry) {
  for (const char* const path : {"/etc/shadow", "../../etc/shadow", "shadow", "input:../../x",
                                 "nbd:10.0.0.1:10809", "input:ABC"}) {
    for (const char* const member : {"kernel", "initrd"}) {
      auto changed = portable();
      changed["guest"][member] = path;
      EXPECT_THAT(refusal(changed), HasSubstr("which is of one machine alone")) << path;
    }
    auto changed = portable();
    changed["guest"]["disks"][0]["path"] = path;
    EXPECT_THAT(refusal(changed), HasSubstr("which is of one machine alone")) << path;
  }
  auto changed = portable();
  changed["guest"]["disks"][0]["format"] = "vvfat";
  EXPECT_EQ(refusal(changed), "'vvfat' is no format of a disk");
  changed = portable();
  changed["guest"]["commandLine"] = "root=/dev/vda";
  EXPECT_TRUE(read(changed)) << "this is a path of the guest";
  changed["guest"]["name"] = "guest,process=x";
  EXPECT_THAT(refusal(changed), HasSubstr("no proper name"));
}

TEST_F(PortableCheckpointTest, ACommandLineThatDoesMoreThanRunAGuestIsRefused) {
  EXPECT_EQ(refusal_of("-device", R"({"driver":"virtio-net-pci","netdev":"n"})"), "nothing");
  EXPECT_EQ(refusal_of("-tpmdev", "emulator,id=tpm-tpm0,chardev=chrtpm"), "nothing");
  EXPECT_EQ(refusal_of("-boot", "menu=on,strict=on"), "nothing");
  EXPECT_EQ(refusal_of("-cpu", "Nehalem,vmx=off"), "nothing");
  const std::vector<std::pair<std::string, std::string>> hostile{
      {"-chardev", "file,id=x,path=/root/.bashrc"},
      {"-drive", "file=/dev/sda"},
      {"-readconfig", "x"},
      {"-plugin", "x.so"},
      {"--device", "virtio-net-pci"},
      {"-monitor", "tcp:10.0.0.1:4444"},
      {"-device", R"({"driver":"vfio-pci","host":"0000:00:1f.0"})"},
      {"-device", R"({"driver":"usb-host","hostbus":1})"},
      {"-device", "usb-host,hostbus=1"},
      {"-device", "driver=vfio-pci,host=00:1f.0"},
      {"-device", R"({"driver":"loader","file":"x"})"},
      {"-device", R"({"driver":"virtio-net-pci","romfile":"/etc/shadow"})"},
      {"-device", R"({"driver":"virtio-net-pci","romfile":"\u002fetc\u002fshadow"})"},
      {"-device", R"({"driver":7})"},
      {"-device", "{"},
      {"-object", R"({"qom-type":"rng-random","filename":"/etc/shadow"})"},
      {"-object", R"({"qom-type":"memory-backend-file","mem-path":"x"})"},
      {"-object", "secret,id=x,file=x"},
      {"-device", R"( {"driver":"virtio-net-pci","id":"a,driver=vfio-pci"})"},
      {"-device", "virtio-net-pci,driver=vfio-pci"},
      {"-device", "id=virtio-net-pci,driver=vfio-pci"},
      {"-object", "id=rng-random,qom-type=memory-backend-file,mem-path=x"},
      {"-boot", "splash=/etc/shadow"},
      {"-boot", "strict=on,splash=shadow"},
      {"-tpmdev", "passthrough,id=tpm0"},
      {"-tpmdev", "emulator,type=passthrough,path=x"},
      {"-tpmdev", "emulator=x,id=tpm0"},
      {"-enable-kvm", "-nodefaults"},
  };
  for (const auto& [option, value] : hostile) {
    EXPECT_THAT(refusal_of(option, value), HasSubstr("more than a guest's hardware"))
        << option << " " << value;
  }
  auto changed = portable();
  changed["hardware"]["arguments"] = {"-device"};
  EXPECT_THAT(refusal(changed), HasSubstr("more than a guest's hardware"));
  changed = portable();
  changed["hardware"]["console"] = "charserial0,path=x";
  EXPECT_THAT(refusal(changed), HasSubstr("more than a guest's hardware"));
  changed = portable();
  changed["hardware"]["disks"].push_back("libvirt-2-format");
  EXPECT_THAT(refusal(changed), HasSubstr("other disks than its hardware"));
}

TEST_F(PortableCheckpointTest, FilesWhereQemuIsStartedAreNotNamedByARegistry) {
  EXPECT_EQ(refusal_of("-object", R"({"qom-type":"rng-random","id":"r"})"), "nothing");
  EXPECT_EQ(refusal_of("-object", R"({"qom-type":"rng-random","filename":"/dev/urandom"})"),
            "nothing");
  EXPECT_EQ(refusal_of("-object", R"({"qom-type":"rng-builtin","id":"r"})"), "nothing");
  for (const char* const value :
       {R"({"qom-type":"rng-random","filename":"shadow"})",
        R"({"qom-type":"rng-random","filename":""})", R"({"qom-type":"rng-random","filename":7})",
        R"({"qom-type":"rng-random","filename":"x/dev/urandom"})",
        R"({"qom-type":"rng-random","filename":"shadow","id":"/dev/urandom"})",
        R"({"qom-type":"rng-builtin","filename":"/dev/urandom"})", "rng-random,filename=shadow"}) {
    EXPECT_THAT(refusal_of("-object", value), HasSubstr("more than a guest's hardware")) << value;
  }
  for (const char* const property :
       {"bios",     "cdat",     "db",          "dtb",      "evdev", "file",
        "filename", "firmware", "frudatafile", "hidraw",   "ibdev", "initrd",
        "kernel",   "loadparm", "logfile",     "mem-path", "path",  "pcap",
        "romfile",  "rootdir",  "sdrfile",     "sysfsdev"}) {
    const json device{{"driver", "virtio-net-pci"}, {property, "shadow"}};
    EXPECT_THAT(refusal_of("-device", device.dump()), HasSubstr("more than a guest's hardware"))
        << property;
  }
}

TEST_F(PortableCheckpointTest, AMachineIsThatOfThePlatformAndNamesNoFiles) {
  for (const char* const value :
       {"pc-q35-7.2",
        "pc-q35-7.2,usb=off,smm=on,dump-guest-core=off,memory-backend=pc.ram,"
        "pflash0=libvirt-pflash0-format,pflash1=libvirt-pflash1-format,hpet=off"}) {
    EXPECT_EQ(refusal_of("-machine", value), "nothing") << value;
  }
  for (const char* const name : {"dumpdtb", "dtb", "firmware", "kernel", "initrd", "append", "shim",
                                 "boot.splash", "type", "accel"}) {
    const auto value = std::string("pc-q35-7.2,usb=off,") + name + "=x";
    EXPECT_THAT(refusal_of("-machine", value), HasSubstr("more than a guest's hardware")) << value;
  }
  for (const char* const value :
       {"", "pc-q35-7.20", "pc-q35-7.2=x", "pc-i440fx-7.2,usb=off", "type=pc-q35-7.2",
        "usb=off,type=pc-q35-7.2", "pc-q35-7.2,usb", "pc-q35-7.2,usb=off,,dumpdtb=x"}) {
    EXPECT_THAT(refusal_of("-machine", value), HasSubstr("more than a guest's hardware")) << value;
  }
}

TEST_F(PortableCheckpointTest, GlobalPropertiesAreThoseOfOurMachines) {
  for (const char* const value :
       {"virtio-net-device.guest_announce=off", "driver=cfi.pflash01,property=secure,value=on"}) {
    EXPECT_EQ(refusal_of("-global", value), "nothing") << value;
  }
  for (const char* const value :
       {"virtio-net-pci.romfile=shadow", "driver=virtio-net-pci,property=romfile,value=shadow",
        "virtio-net-device.guest_announce=on", "virtio-net-device.guest_announce=off,x=y", ""}) {
    EXPECT_THAT(refusal_of("-global", value), HasSubstr("more than a guest's hardware")) << value;
  }
}

TEST_F(PortableCheckpointTest, TheSerialPortOfAnArmIsTheConsole) {
  EXPECT_EQ(refusal_of("-serial", "chardev:charserial0"), "nothing");
  for (const char* const value : {"chardev:gantry-monitor", "charserial0", "stdio", "file:x", ""}) {
    EXPECT_THAT(refusal_of("-serial", value), HasSubstr("more than a guest's hardware")) << value;
  }
}

TEST_F(PortableCheckpointTest, AnotherPlatformIsRefused) {
  auto here = test_platform();
  here.accelerator = "kvm";
  const auto refused = read(portable(), here);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "the checkpoint was saved with another accelerator: tcg, and here is kvm");
  EXPECT_EQ(refused.error().where, "registry");
}

TEST_F(PortableCheckpointTest, WhatIsNoCheckpointIsRefused) {
  for (const char* const text : {"", "[]", "{}", R"({"guest":7})", R"({"guest":{}})"}) {
    EXPECT_FALSE(localize(text, "/elsewhere", test_platform(), "registry")) << text;
  }
  auto changed = portable();
  changed["files"].push_back(changed["files"][0]);
  EXPECT_EQ(refusal(changed), "the checkpoint has ram twice");
  changed = portable();
  changed["files"][0]["name"] = "../ram";
  EXPECT_THAT(refusal(changed), HasSubstr("is no file of a checkpoint"));
  changed = portable();
  changed["key"] = "";
  EXPECT_THAT(refusal(changed), HasSubstr("has no key"));
}

}  // namespace
}  // namespace gantry::vm

#include "vm/checkpoint.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gantry::vm {
namespace {

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.key = std::string(64, 'a');
  checkpoint.name = "nas-ready";
  checkpoint.guest.name = "nas";
  checkpoint.guest.disks = {{"/inputs/1", "raw"}, {"/inputs/2", "qcow2"}};
  checkpoint.guest.cdroms = {"/inputs/3"};
  checkpoint.guest.vga = true;
  checkpoint.guest.firmware = FirmwareKind::kUefi;
  checkpoint.guest.firmware_code = "/inputs/4";
  checkpoint.guest.firmware_variables = "/inputs/5";
  checkpoint.guest.tpm = true;
  checkpoint.guest.devices = {"/inputs/6"};
  checkpoint.guest.simulator = "0.1.0";
  checkpoint.guest.shares = {{"data", "/data", false}, {"out", "/out", true}};
  checkpoint.guest.ports = {{80, 0}, {22, 2222}};
  checkpoint.platform = {"tcg", "pc-q35-7.2", "Nehalem", "/usr/bin/qemu-system-x86_64", "7.2.22"};
  checkpoint.hardware = {{"-m", "512"}, {"disk0", "disk1", "drive0"},
                         {"cd0"},       "flash0",
                         "flash1",      "tpm0",
                         "net0",        "serial0",
                         "agent0",      "pc.ram"};
  checkpoint.files = {{kMemoryFile, 4096, content::sha256("a")}, {kDevicesFile, 7, {}}};
  return checkpoint;
}

std::string refusal(const std::string& pointer, const nlohmann::json& value) {
  auto changed = nlohmann::json::parse(to_json(example()));
  changed[nlohmann::json::json_pointer(pointer)] = value;
  const auto read = parse_checkpoint(changed.dump(), "checkpoint.json");
  return read ? "accepted" : read.error().where + ": " + read.error().what;
}

TEST(Checkpoint, IsReadAsItWasWritten) {
  const auto text = to_json(example());
  const auto read = parse_checkpoint(text, "checkpoint.json");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(to_json(*read), text);
}

TEST(Checkpoint, NeedNotSayThatThereAreNoShares) {
  auto checkpoint = example();
  checkpoint.guest.shares.clear();
  const auto text = to_json(checkpoint);
  EXPECT_EQ(text.find("shares"), std::string::npos);
  EXPECT_TRUE(parse_checkpoint(text, "checkpoint.json"));
}

TEST(Checkpoint, EveryPartOfItIsChecked) {
  EXPECT_NE(refusal("/guest/shares/0/directory", "..").find("is not a share"), std::string::npos);
  EXPECT_NE(refusal("/guest/shares/0/name", "a/b").find("is not a share"), std::string::npos);
  EXPECT_NE(refusal("/formatVersion", 1).find("another Gantry (format 1, not 2)"),
            std::string::npos);
  EXPECT_NE(refusal("/key", "../../etc").find("this is no key of a checkpoint"), std::string::npos);
  EXPECT_NE(refusal("/parent", "x").find("this is no key of a checkpoint"), std::string::npos);
  EXPECT_NE(refusal("/files/0/name", "../ram").find("'../ram' is no file of a checkpoint"),
            std::string::npos);
  EXPECT_NE(refusal("/files/0/name", "disk2.qcow2").find("is no file of a checkpoint"),
            std::string::npos);
  EXPECT_EQ(refusal("/files/0/name", "disk1.qcow2"), "accepted");
  EXPECT_NE(refusal("/hardware/disks", nlohmann::json::array()).find("has other disks than"),
            std::string::npos);
  EXPECT_NE(refusal("/hardware/cdroms/1", "more").find("has other disks than"), std::string::npos);
  EXPECT_EQ(refusal("/files/0/name", "nvram"), "accepted");
  EXPECT_EQ(refusal("/files/0/name", "drive0.data"), "accepted");
  EXPECT_NE(refusal("/files/0/name", "drive1.data"), "accepted");
  EXPECT_NE(refusal("/guest/devices/1", "more").find("has other disks than"), std::string::npos);
  for (const char* part : {"firmwareCode", "firmwareVariables", "tpm"}) {
    EXPECT_NE(refusal(std::string("/hardware/") + part, "").find("another firmware or TPM than"),
              std::string::npos);
  }
  EXPECT_NE(refusal("/guest/firmware", "bios").find("another firmware or TPM than"),
            std::string::npos);
  EXPECT_NE(refusal("/guest/firmware", "coreboot").find("'coreboot' is not a firmware"),
            std::string::npos);
  EXPECT_NE(refusal("/guest/disks", std::vector<int>(17)), "accepted");
  EXPECT_NE(refusal("/files/0/size", -1), "accepted");
  EXPECT_NE(refusal("/files/0/digest", "md5:abc"), "accepted");
  EXPECT_NE(refusal("/guest/ports/0/guest", 70000).find("70000 is more than 65535"),
            std::string::npos);
  EXPECT_NE(refusal("/guest/cpus", "two"), "accepted");
  EXPECT_NE(refusal("/guest/vga", "yes"), "accepted");
  EXPECT_NE(refusal("/hardware/arguments", 5), "accepted");
  EXPECT_FALSE(parse_checkpoint("{", "checkpoint.json"));
}

TEST(Checkpoint, ItsNameIsOneOfAFileAndOfALine) {
  EXPECT_EQ(refusal("/name", "../../x"),
            "checkpoint.json: /name: '../../x' is not a name (up to 200 bytes, no '/' and no "
            "control character in it, no '.' at its start)");
  const std::vector<std::pair<std::string, std::string>> refused{{"", "''"},
                                                                 {"..", "'..'"},
                                                                 {"a/b", "'a/b'"},
                                                                 {"a\nkept b", "'a\\x0akept b'"},
                                                                 {"\033[2Jx", "'\\x1b[2Jx'"},
                                                                 {"\xc2\x9bJ", "'\\xc2\\x9bJ'"},
                                                                 {std::string(201, 'a'), "aaa'"}};
  for (const auto& [name, shown] : refused) {
    EXPECT_NE(refusal("/name", name).find(shown + " is not a name"), std::string::npos) << shown;
  }
  for (const auto& name : {std::string(200, 'a'), std::string("a b-1.2_c"), std::string("größe")}) {
    EXPECT_EQ(refusal("/name", name), "accepted") << name;
  }
}

}  // namespace
}  // namespace gantry::vm

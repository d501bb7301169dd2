#include "vm/firmware.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;

class FirmwareTest : public testing::Test {
 protected:
  fs::path in(const char* name) { return directory_.path() / name; }

  /// As Debian's packages describe theirs.
  void describe(const fs::path& file, const std::string& architecture,
                const std::string& features) {
    describe_at(file, architecture, features, file.stem().native());
  }

  void describe_at(const fs::path& file, const std::string& architecture,
                   const std::string& features, const std::string& name) {
    ASSERT_TRUE(base::make_directories(file.parent_path()));
    ASSERT_TRUE(base::write_file(in((name + ".code").c_str()), "code"));
    ASSERT_TRUE(base::write_file(in((name + ".vars").c_str()), "vars"));
    ASSERT_TRUE(base::write_file(
        file,
        fmt::format(R"({{"interface-types":["uefi"],"mapping":{{"device":"flash",)"
                    R"("executable":{{"filename":"{0}.code","format":"raw"}},)"
                    R"("nvram-template":{{"filename":"{0}.vars","format":"raw"}}}},)"
                    R"("targets":[{{"architecture":"{1}","machines":["x"]}}],"features":[{2}]}})",
                    in(name.c_str()).native(), architecture, features)));
  }

  std::string found(FirmwareKind kind, const std::string& architecture = "x86_64") {
    Guest guest;
    guest.firmware = kind;
    guest.architecture = architecture;
    const auto search = find_firmware(guest, {in("first"), in("second"), in("absent")});
    if (!search) {
      return search.error().what + ": " + search.error().hint;
    }
    if (guest.firmware_code.empty()) {
      return "none";
    }
    EXPECT_EQ(guest.firmware_code.stem(), guest.firmware_variables.stem());
    return guest.firmware_code.stem().native();
  }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(FirmwareTest, IsTheFirstThatFits) {
  describe(in("second") / "40-secure.json", "x86_64",
           R"("enrolled-keys","requires-smm","secure-boot")");
  describe(in("second") / "50-no-keys.json", "x86_64", R"("requires-smm","secure-boot")");
  describe(in("second") / "60-plain.json", "x86_64", R"("acpi-s3")");
  describe(in("second") / "70-arm.json", "aarch64", R"("verbose-static")");
  ASSERT_TRUE(base::write_file(in("second") / "00-readme.txt", "{}"));
  EXPECT_EQ(found(FirmwareKind::kUefi), "60-plain");
  EXPECT_EQ(found(FirmwareKind::kUefiSecure), "40-secure");
  EXPECT_EQ(found(FirmwareKind::kUefi, "aarch64"), "70-arm");
  EXPECT_EQ(found(FirmwareKind::kBios), "none");
  describe_at(in("first") / "60-plain.json", "x86_64", "", "own");
  EXPECT_EQ(found(FirmwareKind::kUefi), "own");
}

TEST_F(FirmwareTest, WhatIsDescribedWronglyIsPassedOver) {
  ASSERT_TRUE(base::make_directories(in("first")));
  ASSERT_TRUE(base::write_file(in("first") / "10-broken.json", "{\"features\":"));
  ASSERT_TRUE(base::write_file(in("first") / "20-empty.json", "[]"));
  describe(in("first") / "30-gone.json", "x86_64", "");
  fs::remove(in("30-gone.vars"));
  EXPECT_EQ(
      found(FirmwareKind::kUefi),
      "there is no UEFI firmware for guests of x86_64 on this machine: install Debian's ovmf, "
      "or another that /usr/share/qemu/firmware describes");
  describe(in("first") / "40-good.json", "x86_64", "");
  EXPECT_EQ(found(FirmwareKind::kUefi), "40-good");
  EXPECT_EQ(
      found(FirmwareKind::kUefiSecure),
      "there is no UEFI firmware with Secure Boot for guests of x86_64 on this machine: install "
      "Debian's ovmf, or another that /usr/share/qemu/firmware describes");
  EXPECT_EQ(found(FirmwareKind::kUefi, "aarch64"),
            "there is no UEFI firmware for guests of aarch64 on this machine: install Debian's "
            "qemu-efi-aarch64, or another that /usr/share/qemu/firmware describes");
}

}  // namespace
}  // namespace gantry::vm

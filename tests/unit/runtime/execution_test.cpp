#include "runtime/execution.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::runtime {
namespace {

const oci::Platform kAmd64{"linux", "amd64", ""};
const oci::Platform kArm64{"linux", "arm64", ""};

bool runs(const oci::Platform& wanted, const oci::Platform& host,
          const std::filesystem::path& binfmt = "/nonexistent") {
  return can_execute(wanted, host, binfmt);
}

TEST(Execution, OwnArchitectureAndItsOlderOne) {
  EXPECT_TRUE(runs(kAmd64, kAmd64));
  EXPECT_TRUE(runs({"linux", "386", ""}, kAmd64));
  EXPECT_TRUE(runs({"linux", "arm", "v7"}, kArm64));
  EXPECT_FALSE(runs(kArm64, kAmd64));
  EXPECT_FALSE(runs({"windows", "amd64", ""}, kAmd64));
}

TEST(Execution, RegisteredInterpreters) {
  const auto directory = base::TempDir::create();
  ASSERT_TRUE(directory);
  // As binfmt_misc shows Debian's qemu-user-static.
  const std::string entry =
      "enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: POCF\noffset 0\n"
      "magic 7f454c460201010000000000000000000200b700\n";
  const auto file = directory->path() / "qemu-aarch64";
  ASSERT_TRUE(base::write_file(file, entry));
  EXPECT_TRUE(runs(kArm64, kAmd64, directory->path()));
  ASSERT_TRUE(base::write_file(file, "disabled" + entry.substr(7)));
  EXPECT_FALSE(runs(kArm64, kAmd64, directory->path()));
  // Without F the interpreter would have to be in the image.
  ASSERT_TRUE(base::write_file(file, "enabled\ninterpreter /usr/bin/qemu-aarch64\nflags: OC\n"));
  EXPECT_FALSE(runs(kArm64, kAmd64, directory->path()));
}

}  // namespace
}  // namespace gantry::runtime

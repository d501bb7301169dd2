#include "vm/overlay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/process.hpp"

namespace gantry::vm {
namespace {

using testing::HasSubstr;

/// QEMU's own programs say whether it is an image.
class Overlay : public testing::Test {
 protected:
  void SetUp() override {
    if (!base::run({.arguments = {"qemu-img", "--version"}})) {
      GTEST_SKIP() << "qemu-img is not installed";
    }
  }

  static base::Result<base::Finished> run(const std::vector<std::string>& arguments) {
    return base::run_checked({.arguments = arguments});
  }

  Disk image(const std::string& format, const std::string& size) {
    Disk disk{directory_.path() / ("base." + format), format};
    EXPECT_TRUE(run({"qemu-img", "create", "-q", "-f", format, disk.path.native(), size}));
    return disk;
  }

  void expect_image(const Disk& base, std::uint64_t size) {
    const auto path = directory_.path() / "overlay";
    const auto made = create_overlay(path, base);
    ASSERT_TRUE(made) << made.error().what;
    const auto checked = run({"qemu-img", "check", "-f", "qcow2", path.native()});
    ASSERT_TRUE(checked) << checked.error().what;
    EXPECT_THAT(checked->out, HasSubstr("No errors were found"));
    const auto info = run({"qemu-img", "info", "--output=json", path.native()});
    ASSERT_TRUE(info) << info.error().what;
    const auto value = nlohmann::json::parse(info->out);
    EXPECT_EQ(value["virtual-size"], size);
    EXPECT_EQ(value["full-backing-filename"], base.path.native());
    EXPECT_EQ(value["backing-filename-format"], base.format);
    EXPECT_EQ(value["format-specific"]["data"]["compat"], "1.1");
    EXPECT_EQ(value["dirty-flag"], false);
  }

  base::TempDir directory_ = *base::TempDir::create_under("/var/tmp");
};

TEST_F(Overlay, IsAnImageOfTheSameSize) {
  expect_image(image("qcow2", "64M"), 64 << 20);
}

TEST_F(Overlay, OfARawImageEndsWithASector) {
  const auto path = directory_.path() / "base.raw";
  ASSERT_TRUE(base::write_file(path, std::string(1000, 'x')));
  expect_image({path, "raw"}, 1024);
}

TEST_F(Overlay, OfALargeDiskHasATableOfManyClusters) {
  expect_image(image("qcow2", "9T"), std::uint64_t{9} << 40);
}

TEST_F(Overlay, ShowsWhatIsBelowAndKeepsWhatIsWritten) {
  const auto base = image("qcow2", "64M");
  ASSERT_TRUE(run({"qemu-io", "-c", "write -P 7 1M 64k", base.path.native()}));
  const auto before = *base::read_file(base.path);
  const auto path = directory_.path() / "overlay";
  ASSERT_TRUE(create_overlay(path, base));
  const auto written = run({"qemu-io", "-c", "read -P 7 1M 64k", "-c", "write -P 9 1M 4k", "-c",
                            "write -P 5 63M 1M", "-c", "read -P 9 1M 4k", "-c",
                            "read -P 7 1028k 60k", "-c", "read -P 5 63M 1M", path.native()});
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_THAT(written->out, Not(HasSubstr("failed")));
  EXPECT_TRUE(run({"qemu-img", "check", path.native()}));
  EXPECT_EQ(*base::read_file(base.path), before);
}

TEST_F(Overlay, IsNotOfWhatIsNoImage) {
  const auto path = directory_.path() / "base.qcow2";
  ASSERT_TRUE(base::write_file(path, std::string(100, 'x')));
  auto made = create_overlay(directory_.path() / "overlay", {path, "qcow2"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "this is no qcow2 image");
  ASSERT_TRUE(base::write_file(
      path, std::string("QFI\xfb") + std::string(20, '\0') + std::string(8, '\x7f')));
  made = create_overlay(directory_.path() / "overlay", {path, "qcow2"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "the image says that it is a disk of 9187201950435737471 bytes");
  made = create_overlay(directory_.path() / "overlay", {directory_.path() / "none", "raw"});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, HasSubstr("none: No such file or directory"));
}

TEST_F(Overlay, IsNotOfAnImageWithItsDataInAnotherFile) {
  const auto path = directory_.path() / "base.qcow2";
  ASSERT_TRUE(run({"qemu-img", "create", "-q", "-f", "qcow2", "-o",
                   "data_file=" + path.native() + ".raw", path.native(), "1M"}));
  const auto made = create_overlay(directory_.path() / "overlay", {path, "qcow2"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "this qcow2 image has its data in another file");
}

TEST_F(Overlay, ReplacesNothing) {
  const auto base = image("qcow2", "64M");
  EXPECT_FALSE(create_overlay(base.path, base));
}

}  // namespace
}  // namespace gantry::vm

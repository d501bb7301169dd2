#include "oci/unpack.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "image_builder.hpp"
#include "oci/root_directory.hpp"

namespace gantry::oci {

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::ImageBuilder;
using ::testing::IsEmpty;
using testing::pax_record;
using testing::TarBuilder;

std::string read(const fs::path& path) {
  const auto text = base::read_file(path);
  return text ? *text : text.error().what;
}

struct stat status_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
  return status;
}

/// All names below a directory, sorted.
std::vector<std::string> names_in(const fs::path& root) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    names.push_back(entry.path().lexically_relative(root).native());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Unpack : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(outside());
    ASSERT_TRUE(base::write_file(outside() / "precious", "untouched"));
  }

  void TearDown() override {
    EXPECT_THAT(names_in(outside()), ElementsAre("precious"));
    EXPECT_EQ(read(outside() / "precious"), "untouched");
  }

  base::Result<Unpacked> unpack(const UnpackOptions& options = {}) {
    return oci::unpack(image_.image(), root(), options);
  }
  std::string error(const UnpackOptions& options = {}) {
    const auto result = unpack(options);
    return result ? "no error" : result.error().what;
  }

  fs::path outside() const { return image_.scratch() / "outside"; }
  fs::path root() const { return image_.scratch() / "root"; }

  ImageBuilder image_;
};

TEST_F(Unpack, WritesFilesLinksModesAndTimes) {
  image_.layer(TarBuilder()
                   .header({.name = "bin", .type = '5', .mode = 0750, .mtime = 1111})
                   .header({.name = "bin/tool", .mode = 0711, .size = 4, .mtime = 2222})
                   .body("tool")
                   .hard_link("bin/alias", "bin/tool")
                   .header({.name = "link", .type = '2', .link = "bin/tool", .mtime = 3333})
                   .header({.name = "pipe", .type = '6', .mode = 0620, .mtime = 4444})
                   .header({.name = "closed", .type = '5', .mode = 0, .mtime = 5555})
                   .file("closed/inside", "x"));
  const auto old_mask = umask(0077);
  const auto unpacked = unpack();
  umask(old_mask);
  ASSERT_TRUE(unpacked) << unpacked.error().what;
  EXPECT_EQ(unpacked->entries, 7U);
  EXPECT_EQ(unpacked->bytes, 5U);
  EXPECT_EQ(status_of(root() / "bin").st_mode, S_IFDIR | 0750U);
  EXPECT_EQ(status_of(root() / "bin").st_mtim.tv_sec, 1111);
  EXPECT_EQ(status_of(root() / "bin/tool").st_mode, S_IFREG | 0711U);
  EXPECT_EQ(status_of(root() / "bin/tool").st_mtim.tv_sec, 2222);
  EXPECT_EQ(status_of(root() / "bin/tool").st_ino, status_of(root() / "bin/alias").st_ino);
  EXPECT_EQ(read(root() / "bin/alias"), "tool");
  EXPECT_EQ(fs::read_symlink(root() / "link"), "bin/tool");
  EXPECT_EQ(status_of(root() / "link").st_mtim.tv_sec, 3333);
  EXPECT_EQ(status_of(root() / "pipe").st_mode, S_IFIFO | 0620U);
  EXPECT_EQ(status_of(root() / "closed").st_mode, S_IFDIR | 0000U);
  EXPECT_EQ(status_of(root() / "closed").st_mtim.tv_sec, 5555);
}

TEST_F(Unpack, KeepsOwnersAndPrivilegesForRootOnly) {
  image_.layer(TarBuilder().header({.name = "su", .mode = 06755, .uid = 12, .gid = 34}));
  ASSERT_TRUE(unpack({.ownership = Ownership::kSkip}));
  EXPECT_EQ(status_of(root() / "su").st_mode, S_IFREG | 0755U);
  EXPECT_EQ(status_of(root() / "su").st_uid, geteuid());
  if (geteuid() != 0) {
    GTEST_SKIP() << "the other half needs root";
  }
  fs::remove_all(root());
  const auto unpacked = unpack();
  ASSERT_TRUE(unpacked) << unpacked.error().what;
  EXPECT_TRUE(unpacked->kept_owners);
  EXPECT_EQ(status_of(root() / "su").st_mode, S_IFREG | 06755U);
  EXPECT_EQ(status_of(root() / "su").st_uid, 12U);
  EXPECT_EQ(status_of(root() / "su").st_gid, 34U);
}

TEST_F(Unpack, SetsAttributesThatMeanTheSameEverywhere) {
  const std::string capability("\x01\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  image_.layer(TarBuilder()
                   .extended('x', pax_record("SCHILY.xattr.user.note", "hello") +
                                      pax_record("SCHILY.xattr.security.capability", capability) +
                                      pax_record("SCHILY.xattr.trusted.overlay.opaque", "y"))
                   .file("a", ""));
  const auto unpacked = unpack();
  ASSERT_TRUE(unpacked) << unpacked.error().what;
  const auto path = (root() / "a").native();
  char value[64] = {};
  if (getxattr(path.c_str(), "user.note", value, sizeof value) < 0 && errno == ENOTSUP) {
    GTEST_SKIP() << "the file system of " << path << " has no user xattrs";
  }
  EXPECT_STREQ(value, "hello");
  EXPECT_LT(getxattr(path.c_str(), "trusted.overlay.opaque", value, sizeof value), 0);
  if (geteuid() != 0) {
    EXPECT_EQ(unpacked->skipped_xattrs, 2U);
    GTEST_SKIP() << "file capabilities need root";
  }
  EXPECT_EQ(unpacked->skipped_xattrs, 1U);
  EXPECT_EQ(getxattr(path.c_str(), "security.capability", value, sizeof value), 20);
}

TEST_F(Unpack, AFileBehindASymlinkStaysInside) {
  image_.layer(TarBuilder().symlink("a", outside().native()).file("a/evil", "caught"));
  ASSERT_TRUE(unpack());
  EXPECT_EQ(read(root() / outside().relative_path() / "evil"), "caught");
}

TEST_F(Unpack, ASymlinkOfALowerLayerDoesNotLeadOutEither) {
  image_.layer(TarBuilder().symlink("lib", outside().native()).symlink("up", "../../../.."))
      .layer(TarBuilder().file("lib/evil", "caught").file("up/evil", "caught"));
  ASSERT_TRUE(unpack());
  EXPECT_EQ(read(root() / outside().relative_path() / "evil"), "caught");
  EXPECT_EQ(read(root() / "evil"), "caught");
}

TEST_F(Unpack, ADirectoryThatBecomesASymlinkBetweenTwoEntries) {
  image_.layer(TarBuilder()
                   .directory("d")
                   .file("d/first", "")
                   .symlink("d", outside().native())
                   .file("d/precious", "evil"));
  ASSERT_TRUE(unpack());
  EXPECT_EQ(read(root() / outside().relative_path() / "precious"), "evil");
}

TEST_F(Unpack, ASymlinkIsReplacedByAFileNotFollowed) {
  image_.layer(TarBuilder().symlink("a", (outside() / "precious").native()).file("a", "evil"));
  ASSERT_TRUE(unpack());
  EXPECT_EQ(read(root() / "a"), "evil");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(root() / "a")));
}

TEST_F(Unpack, HardLinksDoNotReachOutside) {
  image_.layer(TarBuilder().hard_link("passwd", "/etc/passwd"));
  EXPECT_EQ(error(), "the entry 'passwd' is a hard link to 'etc/passwd', which is not there");
  ImageBuilder through_symlink;
  through_symlink.layer(TarBuilder()
                            .symlink("out", outside().native())
                            .hard_link("stolen", "out/precious")
                            .file("stolen", "evil"));
  const auto result = oci::unpack(through_symlink.image(), root());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what,
            "the entry 'stolen' is a hard link to 'out/precious', which is not there");
  EXPECT_FALSE(fs::exists(root()));
}

TEST_F(Unpack, AHardLinkToASymlinkDoesNotOpenWhatItNames) {
  image_.layer(TarBuilder()
                   .symlink("a", (outside() / "precious").native())
                   .hard_link("b", "a")
                   .header({.name = "b", .mode = 0777, .size = 4})
                   .body("evil"));
  ASSERT_TRUE(unpack());
  EXPECT_EQ(read(root() / "b"), "evil");
}

TEST_F(Unpack, AbsoluteNamesLieInsideAndClimbingOnesAreRefused) {
  image_.layer(TarBuilder().file((outside() / "precious").native(), "evil"));
  ASSERT_TRUE(unpack());
  EXPECT_EQ(read(root() / outside().relative_path() / "precious"), "evil");
  fs::remove_all(root());
  image_.layer(TarBuilder().file("../outside/precious", "evil"));
  EXPECT_EQ(error(), "the tar entry '../outside/precious' has a name that climbs with '..'");
  EXPECT_FALSE(fs::exists(root()));
}

TEST_F(Unpack, AppliesWhiteouts) {
  image_.layer(TarBuilder().file("etc/a", "").file("etc/b", "").file("var/x/y", ""))
      .layer(TarBuilder().file("etc/.wh.a", "").file("var/.wh..wh..opq", "").file("var/z", ""));
  ASSERT_TRUE(unpack());
  EXPECT_THAT(names_in(root()), ElementsAre("etc", "etc/b", "var", "var/z"));
}

TEST_F(Unpack, TreatsDeviceNodesAsAsked) {
  image_.layer(
      TarBuilder()
          .directory("dev")
          .header(
              {.name = "dev/null", .type = '3', .mode = 0666, .device_major = 1, .device_minor = 3})
          .file("dev/file", ""));
  EXPECT_EQ(error(), "'dev/null' is a device node");
  EXPECT_FALSE(fs::exists(root()));
  const auto unpacked = unpack({.devices = Devices::kSkip});
  ASSERT_TRUE(unpacked);
  EXPECT_EQ(unpacked->skipped_devices, 1U);
  EXPECT_THAT(names_in(root()), ElementsAre("dev", "dev/file"));
  fs::remove_all(root());
  // Root may make device nodes, unless it is the root of a container that forbids it.
  const auto probe = root().parent_path() / "probe";
  if (mknod(probe.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) {
    EXPECT_EQ(
        error({.devices = Devices::kCreate}),
        "cannot create the node " + (root() / "dev/null").native() + ": Operation not permitted");
    return;
  }
  ASSERT_TRUE(unpack({.devices = Devices::kCreate}));
  EXPECT_EQ(status_of(root() / "dev/null").st_mode, S_IFCHR | 0666U);
  EXPECT_EQ(status_of(root() / "dev/null").st_rdev, makedev(1, 3));
}

TEST_F(Unpack, BoundsTheSize) {
  image_.layer(TarBuilder().file("a", std::string(600, 'a')))
      .layer(TarBuilder().file("b", std::string(600, 'b')));
  EXPECT_EQ(error({.max_bytes = 1199}), "the image's files are larger than 1.20 kB");
  EXPECT_TRUE(unpack({.max_bytes = 1200}));
}

TEST_F(Unpack, WantsADirectoryOfItsOwn) {
  fs::create_directories(root());
  ASSERT_TRUE(base::write_file(root() / "mine", ""));
  image_.layer(TarBuilder().file("a", ""));
  EXPECT_EQ(error(), "the directory " + root().native() + " is not empty");
  EXPECT_THAT(names_in(root()), ElementsAre("mine"));
}

TEST_F(Unpack, LeavesNothingBehindWhenItFails) {
  fs::create_directories(root());
  image_.layer(TarBuilder()
                   .directory("d", 0)
                   .file("d/a", "x")
                   .file("d/" + std::string(99, 'n') + std::string(200, 'n'), "")
                   .extended('x', pax_record("path", "d/" + std::string(300, 'n')))
                   .file("b", ""));
  EXPECT_EQ(error(), "cannot create " + (root() / "d" / std::string(300, 'n')).native() +
                         ": File name too long");
  EXPECT_THAT(names_in(root()), IsEmpty());
}

TEST_F(Unpack, WritesNothingBeforeAllLayersAreVerified) {
  image_.layer(TarBuilder().file("a", "")).layer(TarBuilder().file("b", ""));
  image_.image().config.diff_ids[1] = content::sha256("something else");
  const auto result = unpack();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().what,
              ::testing::StartsWith("the digest of the layer's content is not as expected"));
  EXPECT_EQ(result.error().where, "layer " + image_.image().manifest.layers[1].digest.text());
  EXPECT_FALSE(fs::exists(root()));
}

class RootDirectoryWalk : public ::testing::TestWithParam<RootDirectory::Walk> {};

TEST_P(RootDirectoryWalk, GoesThroughNoSymlink) {
  const auto temp = base::TempDir::create();
  ASSERT_TRUE(temp);
  const auto path = temp->path() / "root";
  auto root = RootDirectory::open(path, GetParam());
  ASSERT_TRUE(root) << root.error().what;
  // Somebody else puts links into it after it was opened.
  fs::create_directories(path / "real/deep");
  fs::create_directory_symlink("real", path / "link");
  fs::create_directory_symlink("/", path / "real/out");
  EXPECT_TRUE(root->open_directory(""));
  EXPECT_TRUE(root->open_directory("real/deep"));
  EXPECT_FALSE(root->open_directory("link"));
  EXPECT_FALSE(root->open_directory("link/deep"));
  EXPECT_FALSE(root->open_directory("real/out/etc"));
  EXPECT_FALSE(root->open_directory("real/../.."));
  EXPECT_FALSE(root->open_directory("/"));
  EXPECT_FALSE(root->place_of("link/file"));
  const auto place = root->place_of("real/deep/file");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->name, "file");
}

INSTANTIATE_TEST_SUITE_P(Both, RootDirectoryWalk,
                         ::testing::Values(RootDirectory::Walk::kKernel,
                                           RootDirectory::Walk::kComponent));

}  // namespace

}  // namespace gantry::oci

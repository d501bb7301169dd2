#include "vm/disk/disk_image.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_disk.hpp"

namespace gantry::vm {

namespace {

using oci::testing::pax_record;
using oci::testing::TarBuilder;
using testing::DiskOfArchive;
using ::testing::HasSubstr;
using ::testing::Not;

DiskOptions sized(std::uint64_t mebibytes) {
  DiskOptions options;
  options.size = mebibytes << 20;
  return options;
}

TEST(DiskImage, HoldsFilesWithTheirOwnersModesAndTimes) {
  const DiskOfArchive disk(TarBuilder()
                               .directory("etc", 0750)
                               .header({.name = "etc/shadow",
                                        .mode = 04640,
                                        .size = 6,
                                        .uid = 100000,
                                        .gid = 42,
                                        .mtime = 86400})
                               .body("hello\n"));
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(disk.complaints(), "");
  EXPECT_EQ(disk.debugfs("cat /etc/shadow"), "hello\n");
  const auto file = disk.debugfs("stat /etc/shadow");
  EXPECT_THAT(file, HasSubstr("Type: regular    Mode:  04640"));
  EXPECT_THAT(file, HasSubstr("User: 100000   Group:    42"));
  EXPECT_THAT(file, HasSubstr("mtime: 0x00015180:00000000"));
  EXPECT_THAT(disk.debugfs("stat /etc"), HasSubstr("Type: directory    Mode:  0750"));
}

TEST(DiskImage, HoldsTimesThatNeedMoreThan32Bits) {
  const DiskOfArchive disk(TarBuilder()
                               .extended('x', pax_record("mtime", "5000000000"))
                               .file("late", "")
                               .extended('x', pax_record("mtime", "-1"))
                               .file("early", ""));
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(disk.complaints(), "");
  // 5000000000 is 2^32 + 0x2a05f200.
  EXPECT_THAT(disk.debugfs("stat /late"), HasSubstr("mtime: 0x2a05f200:00000001"));
  EXPECT_THAT(disk.debugfs("stat /early"), HasSubstr("mtime: 0xffffffff:00000000"));
}

TEST(DiskImage, HoldsLinksDevicesAndPipes) {
  const std::string far(300, 'x');
  const DiskOfArchive disk(
      TarBuilder()
          .file("file", "text")
          .hard_link("other", "file")
          .symlink("short", "file")
          .extended('K', far)
          .symlink("long", "ignored")
          .header({.name = "null", .type = '3', .device_major = 1, .device_minor = 3})
          .header({.name = "disk", .type = '4', .device_major = 259, .device_minor = 300})
          .header({.name = "pipe", .type = '6'}));
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(disk.complaints(), "");
  EXPECT_EQ(disk.debugfs("cat /other"), "text");
  EXPECT_THAT(disk.debugfs("stat /file"), HasSubstr("Links: 2"));
  EXPECT_THAT(disk.debugfs("stat /short"), HasSubstr("Fast link dest: \"file\""));
  EXPECT_THAT(disk.debugfs("stat /long"), HasSubstr("Size: 300"));
  EXPECT_EQ(disk.debugfs("cat /long"), far);
  EXPECT_THAT(disk.debugfs("stat /null"), HasSubstr("Device major/minor number: 01:03"));
  EXPECT_THAT(disk.debugfs("stat /disk"), HasSubstr("Device major/minor number: 259:300"));
  EXPECT_THAT(disk.debugfs("stat /pipe"), HasSubstr("Type: FIFO"));
}

TEST(DiskImage, HoldsCapabilitiesAndCountsAttributesThatExt4CannotHave) {
  const std::string capability("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  const DiskOfArchive disk(
      TarBuilder()
          .extended('x', pax_record("SCHILY.xattr.security.capability", capability) +
                             pax_record("SCHILY.xattr.user.large", std::string(2000, 'l')) +
                             pax_record("SCHILY.xattr.com.example.own", "x"))
          .file("ping", ""));
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(disk.complaints(), "");
  EXPECT_THAT(disk.debugfs("ea_get -x /ping security.capability"),
              HasSubstr("01 00 00 02 00 20 00 00 00 00 00 00 00 00 00 00 00 00 00 00"));
  EXPECT_THAT(disk.debugfs("ea_list /ping"), HasSubstr("user.large (2000)"));
  EXPECT_THAT(disk.debugfs("ea_list /ping"), Not(HasSubstr("example")));
  EXPECT_EQ(disk.made()->attributes_left_out, 1U);
}

TEST(DiskImage, HoldsFilesOfManyBlocksAndDirectoriesOfManyNames) {
  std::string large(5'000'001, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) {
    large[i] = static_cast<char>('a' + i / 4096 % 26);
  }
  TarBuilder tar;
  tar.file("large", large).directory("names");
  for (int i = 0; i < 3000; ++i) {
    tar.file(fmt::format("names/{:04}-{}", i, std::string(static_cast<std::size_t>(i % 90), 'n')),
             "x");
  }
  const DiskOfArchive disk(tar);
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(disk.complaints(), "");
  EXPECT_EQ(disk.debugfs("cat /large"), large);
  EXPECT_EQ(disk.debugfs(fmt::format("cat /names/2999-{}", std::string(29, 'n'))), "x");
}

TEST(DiskImage, IsTheSameForTheSameTreeInWhateverOrder) {
  const DiskOfArchive disk(
      TarBuilder().directory("d").file("d/a", "one").file("d/b", std::string(9000, 'b')));
  const DiskOfArchive other(
      TarBuilder().file("d/b", std::string(9000, 'b')).directory("d").file("d/a", "one"));
  const DiskOfArchive changed(
      TarBuilder().directory("d").file("d/a", "two").file("d/b", std::string(9000, 'b')));
  ASSERT_EQ(disk.failure() + other.failure() + changed.failure(), "");
  const auto bytes = disk.bytes();
  EXPECT_TRUE(bytes == other.bytes());
  EXPECT_FALSE(bytes == changed.bytes());
  const auto uuid = [](const DiskOfArchive& one) {
    const auto text = one.debugfs("show_super_stats -h");
    const auto at = text.find("Filesystem UUID:");
    return text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_NE(uuid(disk), uuid(changed));
}

TEST(DiskImage, IsAsLargeAsItIsToBe) {
  const DiskOfArchive disk(TarBuilder().file("a", "x"), sized(100));
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(std::filesystem::file_size(disk.file()), 100U << 20);
  EXPECT_EQ(disk.complaints(), "");
}

TEST(DiskImage, SaysHowLargeItWouldHaveToBe) {
  const TarBuilder tar = TarBuilder().file("large", std::string(std::size_t{40} << 20, 'x'));
  const DiskOfArchive disk(tar, sized(32));
  EXPECT_EQ(disk.failure().substr(0, disk.failure().find(" has room")),
            "the files need 42.0 MB and the file system of 33.6 MB");
  EXPECT_THAT(disk.failure(), HasSubstr("(give the disk at least "));
  const auto advice = disk.failure().substr(disk.failure().find("at least ") + 9);
  const DiskOfArchive larger(tar, sized(std::strtoull(advice.c_str(), nullptr, 10)));
  EXPECT_EQ(larger.failure(), "");
  EXPECT_EQ(larger.complaints(), "");
}

TEST(DiskImage, RefusesSizesThatNoFileSystemHas) {
  for (const std::uint64_t size :
       {std::uint64_t{1} << 20, (std::uint64_t{64} << 20) + 1, std::uint64_t{1} << 60}) {
    DiskOptions options;
    options.size = size;
    EXPECT_EQ(DiskOfArchive(TarBuilder().file("a", ""), options).failure(),
              "the size of a disk is 16M to 16384G, in whole blocks of 4096 bytes");
  }
}

TEST(DiskImage, StaysInsideWhenPathsAndLinksLeadOut) {
  EXPECT_THAT(DiskOfArchive(TarBuilder().file("a/../../etc/passwd", "")).failure(),
              HasSubstr("'a/../../etc/passwd'"));
  const DiskOfArchive disk(TarBuilder()
                               .symlink("out", "/../../outside")
                               .file("out/file", "kept in")
                               .file("/abs", "too"));
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(disk.complaints(), "");
  EXPECT_EQ(disk.debugfs("cat /outside/file"), "kept in");
  EXPECT_EQ(disk.debugfs("cat /abs"), "too");
}

TEST(DiskImage, RefusesWhatNoFileSystemCanHold) {
  EXPECT_THAT(DiskOfArchive(TarBuilder().hard_link("a", "missing")).failure(), HasSubstr("'a'"));
  EXPECT_EQ(
      DiskOfArchive(TarBuilder().header(
                        {.name = "dev", .type = '3', .device_major = 4096, .device_minor = 0}))
          .failure(),
      "ext4 has no room for the device number 4096:0 [/dev]");
  EXPECT_EQ(
      DiskOfArchive(TarBuilder().extended('L', std::string(256, 'n')).file("x", "")).failure(),
      "its name is longer than 255 bytes [/" + std::string(256, 'n') + "]");
  // A size that the archive does not have.
  EXPECT_THAT(DiskOfArchive(TarBuilder().header({.name = "huge", .size = std::uint64_t{1} << 32}))
                  .failure(),
              HasSubstr("[root.tar]"));
}

TEST(DiskImage, TakesFilesOfThisMachineThroughTheLinksOfTheTree) {
  const auto scratch = base::TempDir::create();
  ASSERT_TRUE(scratch && base::write_file(scratch->path() / "tool", "#!/bin/sh\n"));
  std::filesystem::permissions(scratch->path() / "tool", std::filesystem::perms(0755));
  DiskOptions options;
  options.files = {{.path = "/lib/tool", .from = scratch->path() / "tool"},
                   {.path = "/etc/on", .link_target = "/lib/tool"}};
  const TarBuilder tar = TarBuilder().directory("usr/lib", 0711).symlink("lib", "usr/lib");
  const DiskOfArchive disk(tar, options);
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(disk.complaints(), "");
  EXPECT_EQ(disk.debugfs("cat /usr/lib/tool"), "#!/bin/sh\n");
  EXPECT_THAT(disk.debugfs("stat /usr/lib/tool"), HasSubstr("Mode:  0755"));
  EXPECT_THAT(disk.debugfs("stat /usr/lib"), HasSubstr("Mode:  0711"));
  EXPECT_THAT(disk.debugfs("stat /etc/on"), HasSubstr("\"/lib/tool\""));
  options.files = {{.path = "relative", .from = scratch->path() / "tool"}};
  EXPECT_EQ(DiskOfArchive(tar, options).failure(),
            "the path in the guest is to begin with / and name a file [relative]");
}

TEST(DiskImage, KeepsALostAndFoundOfTheArchive) {
  const DiskOfArchive disk(
      TarBuilder().directory("lost+found", 0711).file("lost+found/x", "found"));
  ASSERT_EQ(disk.failure(), "");
  EXPECT_EQ(disk.complaints(), "");
  EXPECT_EQ(disk.debugfs("cat /lost+found/x"), "found");
}

}  // namespace

}  // namespace gantry::vm

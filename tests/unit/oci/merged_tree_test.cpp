#include "oci/merged_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tar_builder.hpp"

namespace gantry::oci {

namespace {

using content::EntryType;
using ::testing::ElementsAre;
using testing::StringSource;
using testing::TarBuilder;

base::Result<MergedTree> merge(const std::vector<TarBuilder>& layers) {
  TreeMerger merger;
  for (const auto& layer : layers) {
    const auto archive = layer.finish();
    StringSource source(archive);
    GANTRY_TRY(auto entries, read_tar_entries(source, Contents::kSkip));
    GANTRY_CHECK(merger.add_layer(std::move(entries)));
  }
  return merger.finish();
}

/// "usr/bin/ 0" for a directory of layer 0, "a -> b 1", "a = b 1" for a hard link, "a 1 @0.3" for a
/// file named by layer 1 whose bytes are entry 3 of layer 0.
std::vector<std::string> lines_of(const std::vector<TarBuilder>& layers) {
  const auto tree = merge(layers);
  if (!tree) {
    return {tree.error().what};
  }
  std::vector<std::string> lines;
  for (const auto& [entry, layer, bytes] : *tree) {
    const auto mark = entry.type == EntryType::kDirectory  ? std::string("/")
                      : entry.type == EntryType::kSymlink  ? " -> " + std::string(entry.link_target)
                      : entry.type == EntryType::kHardLink ? " = " + std::string(entry.link_target)
                                                           : "";
    const auto origin = bytes ? fmt::format(" @{}.{}", bytes->layer, bytes->position) : "";
    lines.push_back(fmt::format("{}{} {}{}", entry.path, mark, layer, origin));
  }
  return lines;
}

TEST(MergedTree, OneLayerIsItselfSorted) {
  EXPECT_THAT(lines_of({TarBuilder().file("b.c", "").directory("b").file("b/z", "").file("a", "")}),
              ElementsAre("a 0 @0.3", "b/ 0", "b/z 0 @0.2", "b.c 0 @0.0"));
}

TEST(MergedTree, MakesParentsThatNoLayerNames) {
  const auto tree = merge({TarBuilder().file("x/y/z", "")});
  ASSERT_TRUE(tree);
  ASSERT_EQ(tree->size(), 3U);
  EXPECT_EQ(tree->at(1).entry.path, "x/y");
  EXPECT_EQ(tree->at(1).entry.mode, 0755U);
}

TEST(MergedTree, AnUpperFileReplacesALowerOne) {
  EXPECT_THAT(
      lines_of({TarBuilder().file("a", "old").file("b", ""), TarBuilder().file("a", "new")}),
      ElementsAre("a 1 @1.0", "b 0 @0.1"));
}

TEST(MergedTree, ADirectoryOverADirectoryChangesItsMetadataOnly) {
  const auto tree = merge(
      {TarBuilder().directory("d", 0755).file("d/a", ""), TarBuilder().directory("d", 01777)});
  ASSERT_TRUE(tree);
  ASSERT_EQ(tree->size(), 2U);
  EXPECT_EQ(tree->at(0).entry.mode, 01777U);
  EXPECT_EQ(tree->at(0).layer, 1U);
  EXPECT_EQ(tree->at(1).entry.path, "d/a");
  EXPECT_EQ(tree->at(1).layer, 0U);
}

TEST(MergedTree, AFileOverADirectoryRemovesAllBelowIt) {
  EXPECT_THAT(lines_of({TarBuilder().directory("d").file("d/a", "").file("d/e/f", ""),
                        TarBuilder().file("d", "")}),
              ElementsAre("d 1 @1.0"));
}

TEST(MergedTree, ADirectoryOverAFileOrASymlinkReplacesIt) {
  EXPECT_THAT(
      lines_of({TarBuilder().directory("usr/lib").symlink("lib", "usr/lib").file("f", ""),
                TarBuilder().directory("lib").file("lib/x", "").directory("f").file("f/y", "")}),
      ElementsAre("f/ 1", "f/y 1 @1.3", "lib/ 1", "lib/x 1 @1.1", "usr/ 0", "usr/lib/ 0"));
}

TEST(MergedTree, FollowsSymlinksOnTheWayToAnEntry) {
  EXPECT_THAT(lines_of({TarBuilder().directory("usr/lib").symlink("lib", "usr/lib"),
                        TarBuilder().file("lib/x", "")}),
              ElementsAre("lib -> usr/lib 0", "usr/ 0", "usr/lib/ 0", "usr/lib/x 1 @1.0"));
  EXPECT_THAT(lines_of({TarBuilder().symlink("a/b", "../../../../c").file("a/b/x", "")}),
              ElementsAre("a/ 0", "a/b -> ../../../../c 0", "c/ 0", "c/x 0 @0.1"));
  EXPECT_THAT(
      lines_of({TarBuilder().symlink("etc", "/conf/./etc").file("etc/passwd", "")}),
      ElementsAre("conf/ 0", "conf/etc/ 0", "conf/etc/passwd 0 @0.1", "etc -> /conf/./etc 0"));
}

TEST(MergedTree, TheLastNameIsNotFollowed) {
  EXPECT_THAT(
      lines_of({TarBuilder().file("real", "").symlink("a", "real"), TarBuilder().file("a", "new")}),
      ElementsAre("a 1 @1.0", "real 0 @0.0"));
}

TEST(MergedTree, RefusesLoopsAndPathsThroughFiles) {
  EXPECT_THAT(lines_of({TarBuilder().symlink("a", "b").symlink("b", "a").file("a/x", "")}),
              ElementsAre("the entry 'a' leads through too many symbolic links"));
  EXPECT_THAT(lines_of({TarBuilder().file("a/b", ""), TarBuilder().file("a/b/c/d", "")}),
              ElementsAre("the entry 'a/b/c' leads through 'b', which is no directory"));
}

TEST(MergedTree, RefusesPathsThatSymlinksMakeEndless) {
  TarBuilder layer;
  layer.extended('K', std::string(3000, 'd')).symlink("a", "").file("a/x", "");
  layer.extended('K', "a/" + std::string(3000, 'e')).symlink("b", "").file("b/x", "");
  EXPECT_THAT(lines_of({layer}),
              ElementsAre("the entry 'b' leads to a path of more than 4096 bytes"));
}

TEST(MergedTree, WhiteoutsHideLowerLayersOnly) {
  EXPECT_THAT(lines_of({TarBuilder().file("a", "").directory("d").file("d/x", ""),
                        TarBuilder()
                            .file("a", "new")
                            .file(".wh.a", "")
                            .file(".wh.d", "")
                            .file(".wh.never", "")
                            .file("not/.wh.there", "")}),
              ElementsAre("a 1 @1.0"));
}

TEST(MergedTree, OpaqueWhiteoutsHideWhatLowerLayersHaveInADirectory) {
  EXPECT_THAT(lines_of({TarBuilder().directory("d").file("d/x", "").file("d/e/y", "").file("z", ""),
                        TarBuilder().file("d/new", "").file("d/.wh..wh..opq", "")}),
              ElementsAre("d/ 0", "d/new 1 @1.0", "z 0 @0.3"));
  EXPECT_THAT(lines_of({TarBuilder().file("a", "").file("b/c", ""),
                        TarBuilder().file(".wh..wh..opq", "").file("n", "")}),
              ElementsAre("n 1 @1.1"));
}

TEST(MergedTree, WhiteoutsFollowSymlinksOnTheirWayToo) {
  EXPECT_THAT(lines_of({TarBuilder().file("usr/lib/x", "").symlink("lib", "usr/lib"),
                        TarBuilder().file("lib/.wh.x", "")}),
              ElementsAre("lib -> usr/lib 0", "usr/ 0", "usr/lib/ 0"));
}

TEST(MergedTree, HardLinksKeepWhatTheirTargetWas) {
  EXPECT_THAT(lines_of({TarBuilder().file("a", "one"), TarBuilder().hard_link("b", "a"),
                        TarBuilder().file("a", "two")}),
              ElementsAre("a 2 @2.0", "b 1 @0.0"));
  EXPECT_THAT(lines_of({TarBuilder().file("b", "one"), TarBuilder().hard_link("a", "b")}),
              ElementsAre("a 1 @0.0", "b = a 0"));
  EXPECT_THAT(
      lines_of({TarBuilder().file("a", "one"), TarBuilder().hard_link("b", "a").file(".wh.a", "")}),
      ElementsAre("the entry 'b' is a hard link to 'a', which is not there"));
}

TEST(MergedTree, AHardLinkToASymlinkIsThatSymlink) {
  EXPECT_THAT(lines_of({TarBuilder().symlink("a", "/etc/passwd").hard_link("b", "a")}),
              ElementsAre("a -> /etc/passwd 0", "b -> /etc/passwd 0"));
}

TEST(MergedTree, RefusesHardLinksToNothingAndToDirectories) {
  EXPECT_THAT(lines_of({TarBuilder().hard_link("a", "etc/passwd")}),
              ElementsAre("the entry 'a' is a hard link to 'etc/passwd', which is not there"));
  EXPECT_THAT(lines_of({TarBuilder().directory("d").hard_link("a", "d")}),
              ElementsAre("the entry 'a' is a hard link to 'd', which is a directory"));
  EXPECT_THAT(lines_of({TarBuilder().symlink("l", "/").hard_link("a", "l/a")}),
              ElementsAre("the entry 'a' is a hard link to 'l/a', which is not there"));
}

}  // namespace

}  // namespace gantry::oci

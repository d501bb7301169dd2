#include "oci/compose.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "content/digest.hpp"

namespace gantry::oci {
namespace {

using content::Entry;
using content::EntryType;
using content::Tree;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kEpoch = 1'700'000'000;

Entry directory(std::string path, std::uint32_t mode = 0755) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = EntryType::kDirectory;
  entry.mode = mode;
  return entry;
}

Entry file(std::string path, std::string_view content = "x", std::uint32_t mode = 0644) {
  Entry entry;
  entry.path = std::move(path);
  entry.mode = mode;
  entry.size = content.size();
  entry.identity = content::sha256(content);
  return entry;
}

Entry linking(EntryType type, std::string path, std::string target) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = type;
  entry.mode = 0777;
  entry.link_target = std::move(target);
  return entry;
}

Entry symlink(std::string path, std::string target) {
  return linking(EntryType::kSymlink, std::move(path), std::move(target));
}

Entry hard_link(std::string path, std::string target) {
  return linking(EntryType::kHardLink, std::move(path), std::move(target));
}

Entry whiteout(std::string path, EntryType type = EntryType::kWhiteout) {
  Entry entry;
  entry.path = std::move(path);
  entry.type = type;
  return entry;
}

class Compose : public testing::Test {
 protected:
  void base(Tree tree) {
    std::sort(tree.begin(), tree.end(), content::entry_less);
    ASSERT_TRUE(overlay_.add({"the base image 'base'", std::move(tree)}));
  }

  base::Result<void> component(std::string name, Tree tree) {
    return compose(overlay_, {"component '" + name + "'", std::move(tree), true}, kEpoch);
  }

  /// The paths of the layer on top; directories end in a slash.
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const auto& entry : overlay_.top().tree) {
      paths.push_back(std::string(entry.path) + (entry.type == EntryType::kDirectory ? "/" : ""));
    }
    return paths;
  }

  void expect_conflict(Tree tree, std::string_view what, std::string_view hint) {
    const auto result = component("app", std::move(tree));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().what, what);
    EXPECT_EQ(result.error().hint, hint);
  }

  Overlay overlay_;
};

constexpr std::string_view kRename = "install one of them under another name";
constexpr std::string_view kLinkHint =
    "install into the directory that the link should lead to, or add that directory to a lower "
    "layer";
constexpr std::string_view kOnce = "install it with one of the two only, or the same in both";

TEST_F(Compose, MissingParentsAreAddedAsRootsAtTheEpoch) {
  ASSERT_TRUE(component("app", {file("usr/bin/app")}));
  EXPECT_THAT(paths(), ElementsAre("usr/", "usr/bin/", "usr/bin/app"));
  const auto& parent = overlay_.top().tree[1];
  EXPECT_EQ(parent.mode, 0755U);
  EXPECT_EQ(parent.uid, 0U);
  EXPECT_EQ(parent.mtime, kEpoch);
}

TEST_F(Compose, PathsLeadThroughTheLinksOfAMergedUsr) {
  base({symlink("lib", "usr/lib"), directory("usr"), directory("usr/lib")});
  ASSERT_TRUE(component("app", {directory("lib"), directory("lib/app"), file("lib/app/x"),
                                file("lib/y"), directory("usr"), file("usr/z")}));
  EXPECT_THAT(paths(), ElementsAre("usr/", "usr/lib/", "usr/lib/app/", "usr/lib/app/x", "usr/lib/y",
                                   "usr/z"));
}

TEST_F(Compose, LinksAreFollowedInsideTheRoot) {
  base({directory("data"), symlink("a", "/b"), symlink("b", "../../../data/."),
        symlink("deep", "data/../a/sub"), directory("data/sub")});
  ASSERT_TRUE(component("app", {file("a/x"), file("deep/y")}));
  EXPECT_THAT(paths(), ElementsAre("data/", "data/sub/", "data/sub/y", "data/x"));
}

TEST_F(Compose, LinksOfLowerComponentsLeadToo) {
  ASSERT_TRUE(component("lib", {symlink("current", "v2"), directory("v2")}));
  ASSERT_TRUE(component("app", {directory("current"), file("current/x")}));
  EXPECT_THAT(paths(), ElementsAre("v2/", "v2/x"));
}

TEST_F(Compose, ALinkMayLeadToADirectoryThatTheLayerBrings) {
  base({symlink("lib", "usr/lib")});
  ASSERT_TRUE(component("app", {directory("lib"), file("lib/x"), directory("usr"),
                                directory("usr/lib"), file("usr/lib/y")}));
  EXPECT_THAT(paths(), ElementsAre("usr/", "usr/lib/", "usr/lib/x", "usr/lib/y"));
}

TEST_F(Compose, DirectoriesKeepWhatTheyAreBelow) {
  auto tmp = directory("tmp", 01777);
  tmp.gid = 5;
  tmp.mtime = 42;
  base({tmp});
  ASSERT_TRUE(component("app", {directory("tmp"), file("tmp/x")}));
  EXPECT_EQ(overlay_.top().tree[0], tmp);
  ASSERT_TRUE(component("parentless", {file("tmp/y")}));
  EXPECT_EQ(overlay_.top().tree[0], tmp);
}

TEST_F(Compose, DirectoriesThatTheLayerSetsApartAreItsOwn) {
  base({directory("var"), directory("srv", 0700)});
  ASSERT_TRUE(component("app", {directory("srv", 0750), directory("var", 0711)}));
  EXPECT_EQ(overlay_.top().tree[0].mode, 0750U);
  EXPECT_EQ(overlay_.top().tree[1].mode, 0711U);
  expect_conflict({directory("var", 0700)},
                  "'var' is in component 'app' and in component 'app' with different mode (0711 "
                  "and 0700)",
                  kOnce);
}

TEST_F(Compose, DirectoryOverALinkThatLeadsToNoneIsAConflict) {
  base({symlink("dangling", "nowhere"), symlink("loop", "pool"), symlink("pool", "loop"),
        file("file"), symlink("to-file", "file"), symlink("under", "file/x")});
  const auto message = [](const std::string& path, const std::string& target,
                          const std::string& how) {
    return "'" + path + "' is a directory in component 'app', but a symbolic link to '" + target +
           "' that leads " + how + " in the base image 'base'";
  };
  expect_conflict({directory("dangling")}, message("dangling", "nowhere", "to no directory"),
                  kLinkHint);
  expect_conflict({file("dangling/x")}, message("dangling", "nowhere", "to no directory"),
                  kLinkHint);
  expect_conflict({directory("loop")}, message("loop", "pool", "in a circle"), kLinkHint);
  expect_conflict({directory("to-file")}, message("to-file", "file", "to no directory"), kLinkHint);
  expect_conflict({directory("under")}, message("under", "file/x", "to no directory"), kLinkHint);
}

TEST_F(Compose, FilesAndDirectoriesDoNotReplaceEachOther) {
  base({directory("etc"), file("etc/conf"), directory("opt"), symlink("lib", "opt")});
  expect_conflict({directory("etc"), directory("etc/conf")},
                  "'etc/conf' is a directory in component 'app', but a file in the base image "
                  "'base'",
                  kRename);
  expect_conflict({file("etc/conf/deep/x")},
                  "'etc/conf' is a directory in component 'app', but a file in the base image "
                  "'base'",
                  kRename);
  expect_conflict({file("opt")},
                  "'opt' is a file in component 'app', but a directory in the base image 'base'",
                  kRename);
  expect_conflict({symlink("opt", "etc")},
                  "'opt' is a symbolic link to 'etc' in component 'app', but a directory in the "
                  "base image 'base'",
                  kRename);
  expect_conflict(
      {file("lib")},
      "'lib' is a file in component 'app', but a symbolic link to 'opt', a directory in "
      "the base image 'base'",
      kRename);
}

TEST_F(Compose, AComponentMayReplaceFilesAndLinksOfTheBase) {
  base({file("a", "old"), symlink("b", "a"), symlink("current", "v1"), directory("v1")});
  ASSERT_TRUE(component("app", {symlink("a", "b"), file("b", "new"), symlink("current", "v2")}));
  EXPECT_THAT(paths(), ElementsAre("a", "b", "current"));
}

TEST_F(Compose, ComponentsMustAgreeOnSharedFiles) {
  auto owned = file("o");
  ASSERT_TRUE(component("one", {file("same"), file("content", "1"), file("mode"), owned,
                                symlink("target", "1"), hard_link("name", "same")}));
  auto later = file("same");
  later.mtime = 77;
  ASSERT_TRUE(component("two", {later, file("name")}));
  EXPECT_THAT(paths(), ElementsAre("name", "same"));
  const std::string prefix = "' is in component 'one' and in component 'app' with different ";
  expect_conflict({file("content", "2")}, "'content" + prefix + "content", kOnce);
  expect_conflict({file("mode", "x", 0755)}, "'mode" + prefix + "mode (0644 and 0755)", kOnce);
  owned.uid = 7;
  expect_conflict({owned}, "'o" + prefix + "owner (0:0 and 7:0)", kOnce);
  expect_conflict({symlink("target", "2")}, "'target" + prefix + "target ('1' and '2')", kOnce);
  expect_conflict({symlink("content", "x")},
                  "'content" + prefix + "kind (a file and a symbolic link to 'x')", kOnce);
}

TEST_F(Compose, TwoNamesOfOnePlaceMustAgree) {
  base({symlink("lib", "usr/lib"), directory("usr"), directory("usr/lib")});
  ASSERT_TRUE(component("app", {file("lib/x"), file("usr/lib/x")}));
  EXPECT_THAT(paths(), ElementsAre("usr/", "usr/lib/", "usr/lib/x"));
  expect_conflict({file("lib/y", "1"), file("usr/lib/y", "2")},
                  "'usr/lib/y' and 'lib/y' in component 'app' are the same place in the image and "
                  "have different content",
                  "a symbolic link in a lower layer leads one to the other: install it once");
}

TEST_F(Compose, HardLinksFollowTheirFileAndComeAfterIt) {
  base({symlink("bin", "usr/bin"), symlink("alib", "z"), directory("usr"), directory("usr/bin"),
        directory("z")});
  ASSERT_TRUE(component("app", {file("alib/x", "content", 0755), hard_link("bin/x", "alib/x"),
                                hard_link("usr/y", "alib/x")}));
  EXPECT_THAT(paths(), ElementsAre("usr/", "usr/bin/", "usr/bin/x", "usr/y", "z/", "z/x"));
  const auto& tree = overlay_.top().tree;
  EXPECT_EQ(tree[2].type, EntryType::kFile);
  EXPECT_EQ(tree[2].size, 7U);
  EXPECT_EQ(tree[2].mode, 0755U);
  EXPECT_EQ(tree[3].link_target, "usr/bin/x");
  EXPECT_EQ(tree[5].type, EntryType::kHardLink);
  EXPECT_EQ(tree[5].link_target, "usr/bin/x");
  EXPECT_EQ(tree[5].size, 0U);
}

TEST_F(Compose, AHardLinkThatBecomesItsOwnFileIsOneFile) {
  base({symlink("lib", "usr/lib"), directory("usr"), directory("usr/lib")});
  ASSERT_TRUE(component("app", {file("lib/x"), hard_link("usr/lib/x", "lib/x")}));
  EXPECT_THAT(paths(), ElementsAre("usr/", "usr/lib/", "usr/lib/x"));
  EXPECT_EQ(overlay_.top().tree[2].type, EntryType::kFile);
}

TEST_F(Compose, AHardLinkToASymbolicLinkIsAnother) {
  ASSERT_TRUE(component("app", {hard_link("a", "b"), hard_link("b", "c"), symlink("c", "x"),
                                hard_link("d", "e"), hard_link("e", "f"), file("f")}));
  const auto& tree = overlay_.top().tree;
  EXPECT_EQ(tree[0], symlink("a", "x"));
  EXPECT_EQ(tree[1], symlink("b", "x"));
  EXPECT_EQ(tree[3].type, EntryType::kFile);
  EXPECT_EQ(tree[4].link_target, "d");
  EXPECT_EQ(tree[5].link_target, "d");
}

TEST_F(Compose, AHardLinkToNothingIsAnError) {
  expect_conflict({hard_link("x", "gone")},
                  "'x' in component 'app' is a hard link to 'gone', which is no file there", "");
}

TEST_F(Compose, WhiteoutsHideWhatIsBelowAndNothingElse) {
  base({directory("etc"), directory("etc/app"), file("etc/app/x"), symlink("lib", "usr/lib"),
        directory("usr"), directory("usr/lib"), file("usr/lib/gone")});
  ASSERT_TRUE(component("app", {directory("etc"), whiteout("etc/app"), file("etc/app"),
                                whiteout("etc/never"), whiteout("lib/gone")}));
  EXPECT_THAT(paths(),
              ElementsAre("etc/", "etc/app", "etc/app", "usr/", "usr/lib/", "usr/lib/gone"));
  EXPECT_EQ(overlay_.find("etc/app")->type(), EntryType::kFile);
  EXPECT_EQ(overlay_.find("usr/lib/gone"), nullptr);
}

TEST_F(Compose, AnOpaqueWhiteoutEmptiesItsDirectory) {
  base({directory("d", 0700), file("d/old"), directory("d/sub"), file("d/sub/x")});
  ASSERT_TRUE(
      component("app", {directory("d"), whiteout("d", EntryType::kOpaqueWhiteout), file("d/sub")}));
  EXPECT_THAT(paths(), ElementsAre("d/", "d", "d/sub"));
  EXPECT_EQ(overlay_.find("d/old"), nullptr);
  EXPECT_EQ(overlay_.find("d")->entry->mode, 0700U);
}

TEST_F(Compose, AnEntryBelowAFileOfTheSameLayerIsAnError) {
  expect_conflict({symlink("a", "b"), file("a/x")},
                  "'a/x' in component 'app' is below 'a', which is no directory there", "");
}

TEST_F(Compose, PathsHaveABound) {
  const auto result = component("app", {file(std::string(5000, 'x'))});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().what, HasSubstr("component 'app' has a path of 5000 bytes: 'xxx"));
}

TEST_F(Compose, AForeignLayerReplacesWhateverIsThere) {
  base({directory("a"), file("a/x"), file("b"), symlink("c", "a")});
  ASSERT_TRUE(overlay_.add({"upper", {file("a"), file("b/x"), directory("c"), file("c/y")}}));
  EXPECT_EQ(overlay_.find("a/x"), nullptr);
  EXPECT_EQ(overlay_.find("b")->type(), EntryType::kDirectory);
  EXPECT_EQ(overlay_.find("c/y")->layer->name, "upper");
}

}  // namespace
}  // namespace gantry::oci

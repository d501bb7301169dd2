#include "oci/overlay.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

using content::Entry;
using content::EntryType;
using content::Tree;

Entry directory(std::string_view path) {
  return {.path = path, .type = EntryType::kDirectory, .mode = 0700};
}

Entry file(std::string_view path) {
  return {.path = path};
}

Entry symlink(std::string_view path, std::string_view target) {
  return {.path = path, .type = EntryType::kSymlink, .link_target = target};
}

Entry whiteout(std::string_view path, EntryType type = EntryType::kWhiteout) {
  return {.path = path, .type = type};
}

class OverlayTest : public testing::Test {
 protected:
  void add(Tree tree) { ASSERT_TRUE(overlay_.add({"layer", std::move(tree)})); }

  bool has(std::string_view path) const { return overlay_.find(path) != nullptr; }

  EntryType type(std::string_view path) const { return overlay_.find(path)->type(); }

  Overlay overlay_;
};

TEST_F(OverlayTest, TheRootIsAlwaysThere) {
  ASSERT_TRUE(has(""));
  EXPECT_EQ(type(""), EntryType::kDirectory);
  EXPECT_EQ(overlay_.find("")->layer, nullptr);
  EXPECT_FALSE(has("a"));
}

TEST_F(OverlayTest, ParentsThatNoLayerNamesAreImplied) {
  add({file("a/b/c"), file("a/b/d"), file("a.b/c")});
  ASSERT_TRUE(has("a/b"));
  EXPECT_EQ(overlay_.find("a")->entry->mode, 0755U);
  EXPECT_EQ(overlay_.find("a/b")->layer, &overlay_.top());
  EXPECT_EQ(type("a.b"), EntryType::kDirectory);
  add({directory("a")});
  EXPECT_EQ(overlay_.find("a")->entry->mode, 0700U);
  EXPECT_TRUE(has("a/b/d"));
}

TEST_F(OverlayTest, LaterLayersReplaceWhatTheyName) {
  add({directory("a"), file("a/b"), file("a.b"), file("z")});
  add({file("a"), file("m"), file("z/below")});
  EXPECT_EQ(type("a"), EntryType::kFile);
  EXPECT_FALSE(has("a/b"));
  EXPECT_TRUE(has("a.b"));
  EXPECT_TRUE(has("m"));
  EXPECT_EQ(type("z"), EntryType::kDirectory);
  EXPECT_TRUE(has("z/below"));
}

TEST_F(OverlayTest, WhiteoutsHideOnlyWhatIsBelowThem) {
  add({directory("a"), file("a/b"), directory("a/c"), file("a/c/d"), file("a.b"), file("e")});
  add({whiteout("a/c"), whiteout("a/c/d"), whiteout("e"), file("e"), whiteout("none")});
  EXPECT_TRUE(has("a/b"));
  EXPECT_FALSE(has("a/c"));
  EXPECT_FALSE(has("a/c/d"));
  EXPECT_TRUE(has("a.b"));
  EXPECT_EQ(overlay_.find("e")->layer, &overlay_.top());
  add({directory("a"), whiteout("a", EntryType::kOpaqueWhiteout), file("a/new")});
  EXPECT_FALSE(has("a/b"));
  EXPECT_TRUE(has("a/new"));
  EXPECT_TRUE(has("a.b"));
  add({whiteout("", EntryType::kOpaqueWhiteout), file("x")});
  EXPECT_TRUE(has(""));
  EXPECT_FALSE(has("a"));
  EXPECT_TRUE(has("x"));
}

TEST_F(OverlayTest, AWhiteoutAndAnOpaqueOneOfTheSameNameHideIt) {
  add({directory("a"), file("a/b")});
  overlay_.hide({whiteout("a"), whiteout("a", EntryType::kOpaqueWhiteout)});
  EXPECT_FALSE(has("a"));
}

TEST_F(OverlayTest, PathsLeadThroughLinksInsideTheRoot) {
  add({symlink("bin", "usr/bin"), symlink("circle", "circle"), file("file"), directory("usr"),
       symlink("usr/abs", "/../usr"), directory("usr/bin"), file("usr/bin/app"),
       symlink("usr/bin/up", "../../../file")});
  const auto app = overlay_.resolve("bin/app");
  EXPECT_EQ(app.path, "usr/bin/app");
  EXPECT_EQ(app.node, overlay_.find("usr/bin/app"));
  EXPECT_EQ(app.link, overlay_.find("bin"));
  EXPECT_EQ(overlay_.resolve("usr/bin/up").path, "file");
  EXPECT_EQ(overlay_.resolve("usr/abs/abs/bin").path, "usr/bin");
  EXPECT_EQ(overlay_.resolve("usr/./bin//app").path, "usr/bin/app");
  EXPECT_EQ(overlay_.resolve("usr/bin/app").link, nullptr);

  const auto missing = overlay_.resolve("bin/none/x");
  EXPECT_EQ(missing.path, "usr/bin/none/x");
  EXPECT_EQ(missing.node, nullptr);
  EXPECT_EQ(missing.obstacle, nullptr);
  EXPECT_EQ(overlay_.resolve("bin/none/../app").node, app.node);

  EXPECT_EQ(overlay_.resolve("circle").obstacle, overlay_.find("circle"));
  EXPECT_EQ(overlay_.resolve("file/x").obstacle, overlay_.find("file"));
  EXPECT_EQ(overlay_.resolve("").node, overlay_.find(""));
}

TEST_F(OverlayTest, ManyLayersGiveWhatTheLastSays) {
  for (int i = 0; i < 50; ++i) {
    add({file("a/" + std::to_string(i)), file("b")});
  }
  EXPECT_EQ(overlay_.find("b")->layer, &overlay_.top());
  EXPECT_TRUE(has("a/0"));
  EXPECT_TRUE(has("a/49"));
}

TEST_F(OverlayTest, APathThatNoFileSystemTakesIsAnError) {
  const auto result = overlay_.add({"the layer", {file(std::string(4097, 'x'))}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what,
            "the layer has a path of 4097 bytes: '" + std::string(100, 'x') + "'");
}

}  // namespace
}  // namespace gantry::oci

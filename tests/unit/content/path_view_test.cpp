#include "content/path_view.hpp"

#include <gtest/gtest.h>

namespace gantry::content {
namespace {

TEST(PathView, ResolvesThroughLinksOfEveryTreeAndStaysInside) {
  const std::vector<Tree> trees = {
      {{.path = "lib", .type = EntryType::kSymlink, .link_target = "usr/lib"},
       {.path = "usr", .type = EntryType::kDirectory},
       {.path = "usr/lib", .type = EntryType::kDirectory},
       {.path = "usr/lib/a", .type = EntryType::kSymlink, .link_target = "/../../opt/./a"}},
      {{.path = "opt/a", .size = 3},
       {.path = "opt/b", .type = EntryType::kHardLink, .link_target = "opt/a"},
       {.path = "x", .type = EntryType::kSymlink, .link_target = "y"},
       {.path = "y", .type = EntryType::kSymlink, .link_target = "x"}},
  };
  const PathView view(trees, {});
  const auto a = view.resolve("/lib/a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->path, "opt/a");
  EXPECT_EQ(a->entry->size, 3U);
  EXPECT_FALSE(a->is_below);
  EXPECT_EQ(view.resolve("opt/b")->entry->path, "opt/a");
  EXPECT_EQ(view.resolve("lib/none")->path, "usr/lib/none");
  EXPECT_EQ(view.resolve("lib/none")->entry, nullptr);
  EXPECT_EQ(view.resolve("x"), std::nullopt);
}

TEST(PathView, WhiteoutsHideWhatLiesBelow) {
  const Entry hidden{.path = "etc/a"};
  const Entry seen{.path = "usr/a"};
  const Lookup below = [&](std::string_view path) -> const Entry* {
    return path == hidden.path ? &hidden : path == seen.path ? &seen : nullptr;
  };
  const std::vector<Tree> trees = {
      {{.path = "b/c"}},
      {{.path = "b", .type = EntryType::kWhiteout}, {.path = "etc", .type = EntryType::kWhiteout}}};
  const PathView view(trees, below);
  EXPECT_EQ(view.find("etc/a"), nullptr);
  EXPECT_EQ(view.find("b/c"), nullptr);
  EXPECT_EQ(view.find("usr/a"), &seen);
  EXPECT_TRUE(view.resolve("usr/a")->is_below);
}

}  // namespace
}  // namespace gantry::content

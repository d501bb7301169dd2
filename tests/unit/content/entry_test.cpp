#include "content/entry.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace gantry::content {
namespace {

TEST(Entry, ADirectoryComesBeforeAllItHoldsAndTheyBeforeItsNeighbours) {
  std::vector<std::string> paths = {"a.b", "ab", "a/b", "a", "a/b/c", "a-b", "\xff", "A"};
  std::sort(paths.begin(), paths.end(), path_less);
  EXPECT_EQ(paths,
            (std::vector<std::string>{"A", "a", "a/b", "a/b/c", "a-b", "a.b", "ab", "\xff"}));
}

TEST(Entry, WhiteoutsFrameWhatSharesTheirPath) {
  const Entry whiteout{.path = "d", .type = EntryType::kWhiteout};
  const Entry directory{.path = "d", .type = EntryType::kDirectory};
  const Entry opaque{.path = "d", .type = EntryType::kOpaqueWhiteout};
  const Entry below{.path = "d/a"};
  EXPECT_TRUE(entry_less(whiteout, directory));
  EXPECT_TRUE(entry_less(directory, opaque));
  EXPECT_TRUE(entry_less(opaque, below));
  EXPECT_FALSE(entry_less(directory, directory));
}

// Images have hundreds of thousands of them, all in memory at once.
static_assert(sizeof(Entry) <= 144);

TEST(Entry, CleanPathsStayInsideTheirRoot) {
  for (const char* const path : {"a", "a/b", "...", ".a/..b", "a b"}) {
    EXPECT_TRUE(is_clean_path(path)) << path;
  }
  for (const char* const path : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/."}) {
    EXPECT_FALSE(is_clean_path(path)) << path;
  }
  EXPECT_FALSE(is_clean_path(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace gantry::content

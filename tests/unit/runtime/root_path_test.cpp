#include "runtime/root_path.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::runtime {
namespace {

namespace fs = std::filesystem;

class RootPath : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root() / "usr/lib");
    fs::create_directories(root() / "etc");
    ASSERT_TRUE(base::write_file(root() / "etc/passwd", "inside"));
    ASSERT_TRUE(base::write_file(root() / "usr/lib/os-release", "NAME=x"));
    // What a hostile image would try to make us read.
    ASSERT_TRUE(base::write_file(directory_->path() / "secret", "outside"));
  }

  fs::path root() const { return directory_->path() / "root"; }
  void link(const char* target, const char* name) { fs::create_symlink(target, root() / name); }
  std::string text(std::string_view path) const {
    const auto found = find_in_root(root(), path);
    return found ? *base::read_file(*found) : "nothing";
  }

  base::Result<base::TempDir> directory_ = base::TempDir::create();
};

TEST_F(RootPath, FindsFiles) {
  EXPECT_EQ(text("etc/passwd"), "inside");
  EXPECT_EQ(text("/etc//./passwd"), "inside");
  EXPECT_EQ(text("etc/shadow"), "nothing");
  EXPECT_EQ(text("etc/passwd/x"), "nothing");
}

TEST_F(RootPath, FollowsLinksInside) {
  link("../usr/lib/os-release", "etc/os-release");
  link("/usr/lib", "lib");
  link("usr", "other");
  EXPECT_EQ(text("etc/os-release"), "NAME=x");
  EXPECT_EQ(text("lib/os-release"), "NAME=x");
  EXPECT_EQ(text("other/lib/os-release"), "NAME=x");
}

TEST_F(RootPath, NeverLeavesTheRoot) {
  link("../secret", "up");
  link("/etc/passwd", "absolute");
  link("../../../../../../../../etc/passwd", "etc/climb");
  link("..", "parent");
  EXPECT_EQ(text("up"), "nothing");
  EXPECT_EQ(text("../secret"), "nothing");
  EXPECT_EQ(text("parent/secret"), "nothing");
  EXPECT_EQ(text("absolute"), "inside");
  EXPECT_EQ(text("etc/climb"), "inside");
}

TEST_F(RootPath, CirclesLeadToNothing) {
  link("b", "a");
  link("a", "b");
  link("self/self/self", "self");
  EXPECT_EQ(text("a"), "nothing");
  EXPECT_EQ(text("self"), "nothing");
}

}  // namespace
}  // namespace gantry::runtime

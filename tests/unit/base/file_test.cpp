#include "base/file.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace gantry::base {
namespace {

namespace fs = std::filesystem;

class File : public testing::Test {
 protected:
  TempDir directory_ = *TempDir::create();
};

TEST_F(File, WriteIsVisibleWholeAndLeavesNoTemporaryName) {
  ASSERT_TRUE(write_file(directory_.path() / "a", "one"));
  ASSERT_TRUE(write_file(directory_.path() / "a", "two"));
  EXPECT_EQ(*read_file(directory_.path() / "a"), "two");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(File, UnchangedContentLeavesTheFileAlone) {
  const auto path = directory_.path() / "a";
  EXPECT_TRUE(*write_file_if_changed(path, "one"));
  const auto before = fs::last_write_time(path);
  EXPECT_FALSE(*write_file_if_changed(path, "one"));
  EXPECT_EQ(fs::last_write_time(path), before);
  EXPECT_TRUE(*write_file_if_changed(path, "other"));
  EXPECT_TRUE(*write_file_if_changed(path, std::string(100'000, 'x')));
  EXPECT_TRUE(*write_file_if_changed(path, "one"));
  EXPECT_EQ(*read_file(path), "one");
}

TEST_F(File, ReadingIsBounded) {
  ASSERT_TRUE(write_file(directory_.path() / "a", "12345"));
  EXPECT_TRUE(read_file(directory_.path() / "a", 5));
  EXPECT_FALSE(read_file(directory_.path() / "a", 4));
}

TEST_F(File, RemovesTreesWithDirectoriesThatCannotBeWritten) {
  const auto tree = directory_.path() / "tree";
  ASSERT_TRUE(make_directories(tree / "locked"));
  std::ofstream(tree / "locked" / "file") << "x";
  fs::permissions(tree / "locked", fs::perms::owner_read);
  EXPECT_TRUE(remove_tree(tree));
  EXPECT_FALSE(fs::exists(tree));
  EXPECT_TRUE(remove_tree(tree));
}

TEST_F(File, ErrorsNameThePathAndTheCause) {
  const auto result = read_file(directory_.path() / "absent");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "cannot read " + (directory_.path() / "absent").native() +
                                     ": No such file or directory");
}

TEST_F(File, ScratchOfAKilledProcessIsRemovedAndThatOfALivingOneIsNot) {
  const auto abandoned = directory_.path() / ".gantry-scratch-aaaaaa";
  ASSERT_TRUE(fs::create_directories(abandoned / "below"));
  const auto others = directory_.path() / "gantry-images";
  ASSERT_TRUE(fs::create_directory(others));
  const auto living = TempDir::create_under(directory_.path());
  ASSERT_TRUE(living);
  EXPECT_FALSE(fs::exists(abandoned));
  const auto second = TempDir::create_under(directory_.path());
  ASSERT_TRUE(second);
  EXPECT_TRUE(fs::exists(living->path()));
  EXPECT_TRUE(fs::exists(second->path()));
  EXPECT_TRUE(fs::exists(others));
}

}  // namespace
}  // namespace gantry::base

#include "vm/host_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;
using content::EntryType;
using content::Identify;
using testing::ElementsAre;
using testing::HasSubstr;

class HostTreeTest : public testing::Test {
 protected:
  HostTreeTest() {
    fs::create_directories(root_ / "b");
    EXPECT_TRUE(base::write_file(root_ / "b" / "file", "one"));
    fs::create_symlink("file", root_ / "b" / "link");
    EXPECT_TRUE(base::write_file(root_ / "a", "two"));
    chmod((root_ / "a").c_str(), 0755);
  }

  std::string key() const {
    const auto key = key_of_tree(root_);
    return key ? *key : key.error().what;
  }

  base::TempDir directory_ = *base::TempDir::create();
  fs::path root_ = directory_.path() / "tree";
};

TEST_F(HostTreeTest, IsReadInOrderAndWithoutTheUmask) {
  chmod((root_ / "a").c_str(), 0777);
  chmod(root_.c_str(), 0775);
  const auto tree = HostTree::read(root_, Identify::kByStat);
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->mode, 0755U);
  std::vector<std::string> names;
  for (const auto& entry : tree->entries) {
    names.emplace_back(entry.path.view());
  }
  EXPECT_THAT(names, ElementsAre("a", "b", "b/file", "b/link"));
  EXPECT_EQ(tree->entries[0].mode, 0755U);
  EXPECT_EQ(tree->entries[3].type, EntryType::kSymlink);
  EXPECT_EQ(tree->entries[3].link_target, "file");
}

TEST_F(HostTreeTest, TheKeyChangesWithAllThatIsCopied) {
  std::vector<std::string> keys{key()};
  const auto note = [&] { keys.push_back(key()); };
  ASSERT_TRUE(base::write_file(root_ / "b" / "file", "1ne"));
  note();
  chmod((root_ / "a").c_str(), 0644);
  note();
  ASSERT_TRUE(base::write_file(root_ / "c", ""));
  note();
  fs::rename(root_ / "c", root_ / "d");
  note();
  fs::remove(root_ / "d");
  fs::create_directory(root_ / "d");
  note();
  chmod((root_ / "d").c_str(), 0700);
  note();
  fs::remove(root_ / "b" / "link");
  fs::create_symlink("else", root_ / "b" / "link");
  note();
  chmod(root_.c_str(), 0700);
  note();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(keys[i].size(), 64U) << keys[i];
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(keys[i], keys[j]) << i << " " << j;
    }
  }
}

TEST_F(HostTreeTest, TheKeyIsThatOfACopyElsewhere) {
  const auto before = key();
  const auto copy = directory_.path() / "copy";
  fs::copy(root_, copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  chmod((copy / "a").c_str(), 0775);
  EXPECT_EQ(*key_of_tree(copy), before);
  // A second name for a file is a file.
  ASSERT_TRUE(base::write_file(copy / "twin", "two"));
  ASSERT_EQ(link((root_ / "a").c_str(), (root_ / "twin").c_str()), 0);
  chmod((copy / "twin").c_str(), 0755);
  EXPECT_EQ(*key_of_tree(copy), key());
}

TEST_F(HostTreeTest, InputsAreDirectoriesAndFiles) {
  const auto inputs = inputs_of_tree(root_);
  ASSERT_TRUE(inputs);
  EXPECT_THAT(*inputs, ElementsAre(root_, root_ / "a", root_ / "b", root_ / "b" / "file"));
}

TEST_F(HostTreeTest, FollowsNoLink) {
  fs::create_directory_symlink("..", root_ / "up");
  fs::create_symlink("/no/such", root_ / "dangling");
  const auto tree = HostTree::read(root_, Identify::kByContent);
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->entries.size(), 6U);
}

TEST_F(HostTreeTest, NamesWhatCannotBeCopied) {
  const auto message = [&] {
    const auto tree = HostTree::read(root_, Identify::kByStat);
    return tree ? "accepted" : tree.error().where + ": " + tree.error().what;
  };
  mkfifo((root_ / "pipe").c_str(), 0600);
  EXPECT_EQ(message(),
            (root_ / "pipe").native() + ": a device or a pipe cannot be copied into a guest");
  fs::remove(root_ / "pipe");
  ASSERT_TRUE(base::write_file(root_ / ".wh.a", ""));
  EXPECT_THAT(message(), HasSubstr("a name that begins with .wh. cannot be copied"));
  fs::remove(root_ / ".wh.a");
  ASSERT_TRUE(base::write_file(root_ / "huge", ""));
  ASSERT_EQ(truncate((root_ / "huge").c_str(), static_cast<off_t>(HostTree::kMostBytes)), 0);
  EXPECT_EQ(message(), root_.native() +
                           ": the directory holds more than the 17.2 GB that can be copied into "
                           "a guest");
}

}  // namespace
}  // namespace gantry::vm

#include "content/scan.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.hpp"

namespace gantry::content {
namespace {

namespace fs = std::filesystem;

class Scan : public testing::Test {
 protected:
  fs::path root() const { return directory_.path() / "tree"; }

  void SetUp() override { fs::create_directory(root()); }

  void write(const std::string& path, std::string_view content, unsigned mode = 0644) {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << content;
    chmod((root() / path).c_str(), mode);
  }

  Tree scan(Identify identify = Identify::kByContent) {
    auto tree = scan_tree(root(), identify, Owners::kRoot);
    EXPECT_TRUE(tree) << tree.error().what;
    return tree ? *tree : Tree();
  }

  static std::vector<std::string> paths(const Tree& tree) {
    std::vector<std::string> result;
    for (const Entry& entry : tree) {
      result.emplace_back(entry.path);
    }
    return result;
  }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(Scan, FilesAreHashedInTreeOrder) {
  write("b/x", "hello\n", 0755);
  write("b.c", "");
  write("a", std::string(1 << 20, 'x'));
  const Tree tree = scan();
  EXPECT_THAT(paths(tree), testing::ElementsAre("a", "b", "b/x", "b.c"));
  // sha256sum's word.
  EXPECT_EQ(tree[2].identity.text(),
            "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  EXPECT_EQ(tree[3].identity.text(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(tree[2].mode, 0755U);
  EXPECT_EQ(tree[2].size, 6U);
  EXPECT_EQ(tree[2].uid, 0U);
  EXPECT_EQ(tree[2].source, (root() / "b/x").native());
  EXPECT_EQ(tree[1].type, EntryType::kDirectory);
}

TEST_F(Scan, HardLinksNameTheirFirstName) {
  write("z", "content");
  fs::create_hard_link(root() / "z", root() / "m");
  fs::create_hard_link(root() / "z", root() / "a.b");
  const Tree tree = scan();
  ASSERT_THAT(paths(tree), testing::ElementsAre("a.b", "m", "z"));
  EXPECT_EQ(tree[0].type, EntryType::kFile);
  EXPECT_EQ(tree[0].size, 7U);
  for (const auto index : {1U, 2U}) {
    EXPECT_EQ(tree[index].type, EntryType::kHardLink);
    EXPECT_EQ(tree[index].link_target, "a.b");
    EXPECT_EQ(tree[index].size, 0U);
    EXPECT_EQ(tree[index].source, "");
  }
}

TEST_F(Scan, LinksPipesAndWhiteoutsKeepTheirKind) {
  const std::string long_target(1000, 't');
  fs::create_symlink(long_target, root() / "link");
  ASSERT_EQ(mkfifo((root() / "pipe").c_str(), 0600), 0);
  write("dir/.wh..wh..opq", "");
  write("dir/.wh.gone", "");
  write("dir/gone", "new");
  write(".wh.old", "");
  const Tree tree = scan();
  const std::vector<std::pair<std::string, EntryType>> expected = {
      {"dir", EntryType::kDirectory},     {"dir", EntryType::kOpaqueWhiteout},
      {"dir/gone", EntryType::kWhiteout}, {"dir/gone", EntryType::kFile},
      {"link", EntryType::kSymlink},      {"old", EntryType::kWhiteout},
      {"pipe", EntryType::kFifo},
  };
  ASSERT_EQ(tree.size(), expected.size());
  for (std::size_t i = 0; i < tree.size(); ++i) {
    EXPECT_EQ(std::pair(std::string(tree[i].path), tree[i].type), expected[i]);
  }
  EXPECT_EQ(tree[4].link_target, long_target);
}

TEST_F(Scan, AWhiteoutThatIsNoneIsRefused) {
  for (const char* const name : {".wh.", ".wh..", ".wh..wh.aufs"}) {
    write(name, "");
    const auto tree = scan_tree(root(), Identify::kByStat, Owners::kRoot);
    ASSERT_FALSE(tree) << name;
    EXPECT_EQ(tree.error().what, (root() / name).native() + " cannot be in an image");
    fs::remove(root() / name);
  }
  write(".wh.full", "not empty");
  EXPECT_FALSE(scan_tree(root(), Identify::kByStat, Owners::kRoot));
}

TEST_F(Scan, ASocketIsRefusedByName) {
  const auto path = root() / "s";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.native().size(), sizeof address.sun_path);
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const base::Fd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  const auto tree = scan_tree(root(), Identify::kByStat, Owners::kRoot);
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().what, path.native() + " is a socket, which an image cannot hold");
}

TEST_F(Scan, OnlyAttributesThatTravelAreKept) {
  write("a", "x");
  const auto path = (root() / "a").native();
  if (setxattr(path.c_str(), "user.b", "two", 3, 0) != 0) {
    GTEST_SKIP() << "the file system of " << path << " has no user extended attributes";
  }
  setxattr(path.c_str(), "user.a", "", 0, 0);
  // Only root may set it; then it must not be kept.
  setxattr(path.c_str(), "trusted.c", "x", 1, 0);
  const Tree tree = scan();
  const std::vector<std::pair<std::string, std::string>> expected = {{"user.a", ""},
                                                                     {"user.b", "two"}};
  EXPECT_EQ(tree[0].xattrs, expected);
}

TEST_F(Scan, StatIdentityChangesWithTheFileAndOnlyThen) {
  write("a", "x");
  const auto before = scan(Identify::kByStat);
  EXPECT_EQ(scan(Identify::kByStat), before);
  struct stat status {};
  ASSERT_EQ(stat((root() / "a").c_str(), &status), 0);
  EXPECT_EQ(before[0].identity, Identity::of_status(status));
  write("a", "yy");
  EXPECT_NE(scan(Identify::kByStat)[0].identity, before[0].identity);
}

TEST_F(Scan, AnUnreadableFileIsNamed) {
  write("dir/secret", "x", 0000);
  // Root can read every file, so that it must be somebody else who looks.
  const uid_t before = geteuid();
  fs::permissions(directory_.path(), fs::perms(0755));
  if (before == 0) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const auto restore = [](const uid_t* uid) { EXPECT_EQ(seteuid(*uid), 0); };
  const std::unique_ptr<const uid_t, decltype(restore)> restorer(&before, restore);
  for (const auto identify : {Identify::kByContent, Identify::kByStat}) {
    const auto tree = scan_tree(root(), identify, Owners::kRoot);
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().what,
              "cannot read " + (root() / "dir/secret").native() + ": Permission denied");
  }
}

TEST_F(Scan, ManyNamesInManyDirectoriesAreThoseOfTheFileSystem) {
  for (int i = 0; i < 400; ++i) {
    write(fmt::format("{}/{}{}/f{}", i % 7, i % 3 == 0 ? "d/" : "", i % 11, i),
          std::string(static_cast<std::size_t>(i), 'x'), i % 2 == 0 ? 0600 : 0755);
  }
  fs::create_hard_link(root() / "0/d/0/f0", root() / "6/z");
  fs::create_symlink("0", root() / "0.link");
  std::vector<std::string> expected;
  for (const auto& item : fs::recursive_directory_iterator(root())) {
    expected.push_back(item.path().lexically_relative(root()));
  }
  std::sort(expected.begin(), expected.end(), path_less);
  const Tree tree = scan(Identify::kByStat);
  EXPECT_EQ(paths(tree), expected);
  for (const Entry& entry : tree) {
    struct stat status {};
    const auto path = root() / entry.path.view();
    ASSERT_EQ(lstat(path.c_str(), &status), 0);
    if (entry.type == EntryType::kFile) {
      EXPECT_EQ(entry.source.path(), path);
      EXPECT_EQ(entry.size, static_cast<std::uint64_t>(status.st_size));
      EXPECT_EQ(entry.mode, status.st_mode & 07777);
      EXPECT_EQ(entry.identity, Identity::of_status(status));
    }
    EXPECT_EQ(entry.type == EntryType::kDirectory, S_ISDIR(status.st_mode)) << path;
    EXPECT_EQ(entry.type == EntryType::kHardLink, entry.path == "6/z") << path;
  }
}

TEST_F(Scan, OfManyErrorsTheFirstIsTold) {
  for (int i = 0; i < 300; ++i) {
    write(fmt::format("{:03}/f", i), "");
    write(fmt::format("{:03}/g", i), "");
  }
  const auto told = [&] {
    const auto tree = scan_tree(root(), Identify::kByStat, Owners::kRoot);
    return tree ? "nothing" : tree.error().what;
  };
  const auto refused = [&](std::string_view path) {
    return fmt::format("{}/{} cannot be in an image", root().native(), path);
  };
  write("299/.wh.f", "no whiteout");
  EXPECT_EQ(told(), refused("299/.wh.f"));
  fs::path deep = root() / "200";
  for (int i = 0; i < 600; ++i) {
    deep /= "d";
  }
  fs::create_directories(deep);
  EXPECT_TRUE(told().ends_with("is nested more than 500 directories deep")) << told();
  write("199/.wh.f", "no whiteout");
  write("050/.wh.f", "no whiteout");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(told(), refused("050/.wh.f"));
  }
}

TEST_F(Scan, AMissingRootIsAnError) {
  const auto tree = scan_tree(root() / "absent", Identify::kByStat, Owners::kRoot);
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().what,
            "cannot read " + (root() / "absent").native() + ": No such file or directory");
}

TEST_F(Scan, NestingIsBounded) {
  fs::path path = root();
  for (int i = 0; i < 600; ++i) {
    path /= "d";
  }
  fs::create_directories(path);
  const auto tree = scan_tree(root(), Identify::kByStat, Owners::kRoot);
  ASSERT_FALSE(tree);
  EXPECT_TRUE(tree.error().what.ends_with("is nested more than 500 directories deep"));
}

}  // namespace
}  // namespace gantry::content

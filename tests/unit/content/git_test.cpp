#include "content/git.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace gantry::content {
namespace {

namespace fs = std::filesystem;
using testing::Contains;

class Git : public testing::Test {
 protected:
  void SetUp() override {
    if (!base::find_program("git")) {
      GTEST_SKIP() << "git is not installed";
    }
    fs::create_directories(checkout() / "sub");
    git({"init", "-q", "-b", "main"});
    git({"config", "user.name", "A"});
    git({"config", "user.email", "a@b"});
  }

  std::string git(std::vector<std::string> arguments) { return git_in(checkout(), arguments); }

  static std::string git_in(const fs::path& directory, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"git", "-C", directory});
    const auto finished = base::run_checked(
        {.arguments = arguments,
         .environment = {{"GIT_COMMITTER_DATE", "1700000000 +0100"}, {"LC_ALL", "C"}}});
    EXPECT_TRUE(finished) << finished.error().what;
    return finished ? std::string(base::trim(finished->out)) : "";
  }

  void commit(const std::string& message) { git({"commit", "-q", "--allow-empty", "-m", message}); }

  static GitRevision revision(const fs::path& directory) {
    const auto result = read_git_revision(directory);
    EXPECT_TRUE(result) << result.error().what;
    EXPECT_TRUE(result && *result);
    return result && *result ? **result : GitRevision();
  }

  fs::path checkout() const { return directory_.path() / "checkout"; }
  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(Git, ReadsHeadTimeAndOriginFromAnywhereInTheCheckout) {
  commit("one\n\ncommitter X <x> 5 +0000");
  git({"remote", "add", "origin", "https://user:secret@example.org/a/b.git"});
  for (const auto& directory : {checkout(), checkout() / "sub"}) {
    const auto found = revision(directory);
    EXPECT_EQ(found.commit, git({"rev-parse", "HEAD"}));
    EXPECT_EQ(found.commit_time, 1'700'000'000);
    EXPECT_EQ(found.origin, "https://example.org/a/b.git");
    EXPECT_THAT(found.files, Contains(checkout() / ".git/HEAD"));
    EXPECT_THAT(found.files, Contains(checkout() / ".git/refs/heads/main"));
  }
}

TEST_F(Git, EveryPlaceOfARefIsRead) {
  commit("one");
  const auto first = git({"rev-parse", "HEAD"});
  git({"pack-refs", "--all", "--prune"});
  ASSERT_FALSE(fs::exists(checkout() / ".git/refs/heads/main"));
  const auto packed = revision(checkout());
  EXPECT_EQ(packed.commit, first);
  EXPECT_THAT(packed.files, Contains(checkout() / ".git/packed-refs"));
  EXPECT_THAT(packed.files, Contains(checkout() / ".git/refs/heads"));
  commit("two");
  EXPECT_EQ(revision(checkout()).commit, git({"rev-parse", "HEAD"}));
  git({"checkout", "-q", "--detach", first});
  EXPECT_EQ(revision(checkout()).commit, first);
}

TEST_F(Git, WorktreesAndSubmodulesHaveTheirOwnHead) {
  commit("one");
  const auto worktree = directory_.path() / "other";
  git({"worktree", "add", "-q", "-b", "side", worktree});
  git_in(worktree, {"commit", "-q", "--allow-empty", "-m", "side"});
  const auto found = revision(worktree);
  EXPECT_EQ(found.commit, git_in(worktree, {"rev-parse", "HEAD"}));
  EXPECT_NE(found.commit, revision(checkout()).commit);
  EXPECT_EQ(found.commit_time, 1'700'000'000);
}

TEST_F(Git, NoCommitAndNoCheckoutAreNothing) {
  EXPECT_FALSE(read_git_revision(checkout())->has_value());
  EXPECT_FALSE(read_git_revision(directory_.path())->has_value());
  EXPECT_FALSE(read_git_revision(directory_.path() / "absent")->has_value());
}

TEST_F(Git, HostileFilesAreErrorsAndNothingOutsideIsRead) {
  for (const char* const head : {"ref: ../../etc/passwd\n", "ref: refs/../../../x\n", "zzz\n"}) {
    ASSERT_TRUE(base::write_file(checkout() / ".git/HEAD", head));
    const auto result = read_git_revision(checkout());
    ASSERT_FALSE(result) << head;
    EXPECT_EQ(result.error().where, (checkout() / ".git/HEAD").native());
  }
  ASSERT_TRUE(base::write_file(checkout() / ".git/HEAD", "ref: refs/heads/a\n"));
  ASSERT_TRUE(base::write_file(checkout() / ".git/refs/heads/a", "ref: refs/heads/a\n"));
  EXPECT_EQ(read_git_revision(checkout()).error().what, "'refs/heads/a' is no reference");
}

TEST(PublicUrl, KeepsNoCredentialsAndNoLocalPaths) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://example.org/a", "https://example.org/a"},
      {"https://token@example.org/a", "https://example.org/a"},
      {"https://u:p@ss@example.org:8443/a@b", "https://example.org:8443/a@b"},
      {"https://example.org/a?token=x#y", "https://example.org/a"},
      {"ssh://git:pw@example.org:22/a", "ssh://git@example.org:22/a"},
      {"git@example.org:a/b.git", "git@example.org:a/b.git"},
      {"/srv/git/a.git", ""},
      {"../a:b", ""},
      {"file:///srv/a", ""},
      {"", ""},
  };
  for (const auto& [url, expected] : cases) {
    EXPECT_EQ(public_url(url), expected) << url;
  }
}

}  // namespace
}  // namespace gantry::content

#include "content/git_version.hpp"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace gantry::content {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;

class VersionFromGit : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* const name :
         {"GITHUB_REF_TYPE", "GITHUB_REF_NAME", "CI_COMMIT_BRANCH", "CI_DEFAULT_BRANCH"}) {
      unsetenv(name);
    }
    if (!base::find_program("git")) {
      GTEST_SKIP() << "git is not installed";
    }
    git({"init", "-q", "-b", "main"});
    git({"config", "user.name", "A"});
    git({"config", "user.email", "a@b"});
  }

  std::string git(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"git", "-C", directory_.path()});
    const auto finished = base::run_checked({.arguments = arguments});
    EXPECT_TRUE(finished) << finished.error().what;
    return finished ? std::string(base::trim(finished->out)) : "";
  }

  void commit() const { git({"commit", "-q", "--allow-empty", "-m", "a commit"}); }
  std::string head() const { return git({"rev-parse", "--short=7", "HEAD"}); }

  GitVersion read(std::string_view prefix = "v") const {
    const auto found = read_git_version(directory_.path(), prefix);
    EXPECT_TRUE(found) << found.error().what;
    EXPECT_TRUE(found && *found);
    return found && *found ? **found : GitVersion();
  }
  std::string text(std::string_view prefix = "v") const { return read(prefix).version.text(); }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(VersionFromGit, NoCommitNoVersion) {
  EXPECT_FALSE(read_git_version(directory_.path(), "v")->has_value());
  EXPECT_FALSE(read_git_version("/", "v")->has_value());
}

TEST_F(VersionFromGit, CountsCommitsUntilThereIsATag) {
  commit();
  commit();
  EXPECT_EQ(text(), "0.0.0-dev.2+g" + head());
  EXPECT_FALSE(read().is_tagged);
}

TEST_F(VersionFromGit, TellsAChangedCheckoutAndAShallowOne) {
  const auto state = [](const fs::path& directory) {
    const auto found = read_checkout_state(directory);
    EXPECT_TRUE(found) << found.error().what;
    return std::pair(found->has_changes, found->is_shallow);
  };
  ASSERT_TRUE(base::write_file(directory_.path() / "file", "first"));
  git({"add", "file"});
  commit();
  commit();
  ASSERT_TRUE(base::write_file(directory_.path() / "unknown", "to git"));
  EXPECT_EQ(state(directory_.path()), std::pair(false, false));
  ASSERT_TRUE(base::write_file(directory_.path() / "file", "second"));
  EXPECT_EQ(state(directory_.path()), std::pair(true, false));
  const base::TempDir clone = *base::TempDir::create();
  git({"clone", "-q", "--depth", "1", "file://" + directory_.path().native(), clone.path()});
  EXPECT_EQ(state(clone.path()), std::pair(false, true));
  EXPECT_EQ(state("/"), std::pair(false, false));
}

TEST_F(VersionFromGit, ATagOnHeadIsTheVersion) {
  commit();
  git({"tag", "v1.2.3"});
  git({"tag", "-a", "-m", "annotated", "v1.2.4-rc.1"});
  git({"tag", "unrelated"});
  const auto found = read();
  EXPECT_EQ(found.version.text(), "1.2.4-rc.1") << "the higher one";
  EXPECT_TRUE(found.is_tagged);
  EXPECT_THAT(found.tags, ElementsAre("unrelated", "v1.2.3", "v1.2.4-rc.1"));
  EXPECT_EQ(text("release-"), "0.0.0-dev.1+g" + head());
}

TEST_F(VersionFromGit, BetweenTagsItIsBelowTheNextVersion) {
  commit();
  git({"tag", "v1.2.3"});
  commit();
  commit();
  EXPECT_EQ(text(), "1.2.4-dev.2+g" + head());
  EXPECT_LT(*SemanticVersion::parse("1.2.3"), read().version);
  EXPECT_LT(read().version, *SemanticVersion::parse("1.2.4"));
  git({"tag", "v1.3.0-rc.1"});
  commit();
  EXPECT_EQ(text(), "1.3.0-rc.1.dev.1+g" + head());
  EXPECT_LT(*SemanticVersion::parse("1.3.0-rc.1"), read().version);
  EXPECT_LT(read().version, *SemanticVersion::parse("1.3.0-rc.2"));
}

TEST_F(VersionFromGit, PrefixesMayHaveASlash) {
  commit();
  git({"tag", "app/v2.0.0"});
  git({"tag", "lib/v9.0.0"});
  const auto found = read("app/v");
  EXPECT_EQ(found.version.text(), "2.0.0");
  EXPECT_THAT(found.files, Contains(directory_.path() / ".git/refs/tags/app"));
}

TEST_F(VersionFromGit, FilesTellOfNewTags) {
  commit();
  const auto before = read().files;
  EXPECT_THAT(before, Contains(directory_.path() / ".git/refs/tags"));
  git({"tag", "v1.0.0"});
  git({"pack-refs", "--all"});
  EXPECT_THAT(read().files, Contains(directory_.path() / ".git/packed-refs"));
  EXPECT_EQ(text(), "1.0.0");
}

TEST_F(VersionFromGit, Branches) {
  commit();
  EXPECT_EQ(read().branch, "main");
  EXPECT_TRUE(read().on_default_branch);
  git({"checkout", "-q", "-b", "trunk"});
  EXPECT_FALSE(read().on_default_branch);
  git({"update-ref", "refs/remotes/origin/trunk", "HEAD"});
  git({"symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk"});
  EXPECT_TRUE(read().on_default_branch);
  git({"checkout", "-q", "main"});
  EXPECT_FALSE(read().on_default_branch) << "origin says that trunk is it";
}

TEST_F(VersionFromGit, CiNamesTheBranchOfADetachedHead) {
  commit();
  git({"checkout", "-q", "--detach"});
  EXPECT_EQ(read().branch, "");
  setenv("GITHUB_REF_NAME", "main", 1);
  setenv("GITHUB_REF_TYPE", "tag", 1);
  EXPECT_EQ(read().branch, "");
  setenv("GITHUB_REF_TYPE", "branch", 1);
  EXPECT_EQ(read().branch, "main");
  unsetenv("GITHUB_REF_TYPE");
  setenv("CI_COMMIT_BRANCH", "develop", 1);
  setenv("CI_DEFAULT_BRANCH", "develop", 1);
  EXPECT_TRUE(read().on_default_branch);
  unsetenv("CI_COMMIT_BRANCH");
  unsetenv("CI_DEFAULT_BRANCH");
  unsetenv("GITHUB_REF_NAME");
}

}  // namespace
}  // namespace gantry::content

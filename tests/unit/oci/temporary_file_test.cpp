#include "oci/temporary_file.hpp"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;

std::ptrdiff_t files_in(const fs::path& directory) {
  return std::distance(fs::directory_iterator(directory), {});
}

class TemporaryFileOf : public testing::TestWithParam<TemporaryFile::Kind> {
 protected:
  TemporaryFile create(std::string_view content) {
    auto file = TemporaryFile::create(tmp_, GetParam());
    EXPECT_TRUE(file) << file.error().what;
    EXPECT_TRUE(base::write_all(file->fd(), std::as_bytes(std::span(content)), ""));
    return *std::move(file);
  }
  void SetUp() override { ASSERT_TRUE(base::make_directories(tmp_)); }

  base::TempDir directory_ = *base::TempDir::create();
  fs::path tmp_ = directory_.path() / "tmp";
  fs::path target_ = directory_.path() / "target";
};

INSTANTIATE_TEST_SUITE_P(Kinds, TemporaryFileOf,
                         testing::Values(TemporaryFile::Kind::kUnnamedIfPossible,
                                         TemporaryFile::Kind::kNamed));

TEST_P(TemporaryFileOf, IsReadOnlyWhateverTheUmask) {
  const auto mask = umask(0777);
  {
    auto file = create("one");
    EXPECT_TRUE(*file.link_to(target_));
  }
  umask(mask);
  struct stat status {};
  ASSERT_EQ(stat(target_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644U);
  EXPECT_EQ(status.st_nlink, 1U);
  EXPECT_EQ(files_in(tmp_), 0);
}

TEST_P(TemporaryFileOf, WhatHasTheNameStaysUnlessReplaced) {
  ASSERT_TRUE(*create("one").link_to(target_));
  EXPECT_FALSE(*create("two").link_to(target_));
  EXPECT_EQ(*base::read_file(target_), "one");
  EXPECT_TRUE(create("three").replace(target_));
  EXPECT_EQ(*base::read_file(target_), "three");
  EXPECT_EQ(files_in(tmp_), 0);
}

TEST_P(TemporaryFileOf, LeavesNothingBehind) {
  { const auto file = create("one"); }
  EXPECT_EQ(files_in(tmp_), 0);
}

TEST_P(TemporaryFileOf, AKilledOwnersFileIsRemovedAndALivingOnesIsNot) {
  const auto mine = create("mine");
  const auto before = files_in(tmp_);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto file = TemporaryFile::create(tmp_, GetParam());
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(files_in(tmp_), before + (GetParam() == TemporaryFile::Kind::kNamed ? 1 : 0));
  EXPECT_TRUE(TemporaryFile::remove_abandoned(tmp_));
  EXPECT_EQ(files_in(tmp_), before);
}

TEST(TemporaryFile, ErrorNamesTheDirectory) {
  const auto file = TemporaryFile::create("/nonexistent/tmp");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().what,
            "cannot create a temporary file in /nonexistent/tmp: No such file or directory");
}

}  // namespace
}  // namespace gantry::oci

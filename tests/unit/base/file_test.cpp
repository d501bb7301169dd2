#include "base/file.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.hpp"

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

// As /dev/stdout is: a link to what a process has open, which must not be replaced by a file.
TEST_F(File, WhatAProcessHasOpenIsWrittenToAsItIs) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const auto own = fs::path("/proc/self/fd") / std::to_string(ends[1]);
  const auto link = directory_.path() / "stdout";
  fs::create_symlink(own, link);
  ASSERT_TRUE(write_file(link, "one "));
  ASSERT_TRUE(write_file(own, "two"));
  std::array<char, 16> read{};
  ASSERT_EQ(::read(ends[0], read.data(), read.size()), 7);
  EXPECT_STREQ(read.data(), "one two");
  EXPECT_EQ(fs::read_symlink(link), own);
  for (const int end : ends) {
    close(end);
  }

  const auto file = directory_.path() / "file";
  const Fd before(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  fs::remove(link);
  fs::create_symlink("/proc/self/fd/" + std::to_string(before.get()), link);
  ASSERT_TRUE(write_file(link, "one"));
  ASSERT_TRUE(write_file(link, "two"));
  EXPECT_EQ(*read_file(file), "onetwo");
  EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(File, APipeIsWrittenToAsItIs) {
  const auto path = directory_.path() / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const Fd reader(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(write_file(path, "text"));
  std::array<char, 16> read{};
  ASSERT_EQ(::read(reader.get(), read.data(), read.size()), 4);
  EXPECT_TRUE(fs::is_fifo(path));
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

TEST_F(File, ALockIsWaitedFor) {
  const auto path = directory_.path() / "lock";
  auto held = FileLock::acquire(path, FileLock::Mode::kShared);
  ASSERT_TRUE(held);
  ASSERT_TRUE(FileLock::acquire(path, FileLock::Mode::kShared));
  std::atomic<bool> released{false};
  std::thread holder([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    released = true;
    const auto end = *std::move(held);
  });
  const auto lock = FileLock::acquire(path, FileLock::Mode::kExclusive);
  EXPECT_TRUE(lock);
  EXPECT_TRUE(released);
  holder.join();
}

using FileDeathTest = File;

TEST_F(FileDeathTest, TheWaitForALockEndsByASignal) {
  const auto path = directory_.path() / "lock";
  const auto held = FileLock::acquire(path, FileLock::Mode::kExclusive);
  ASSERT_TRUE(held);
  EXPECT_EXIT(
      {
        catch_interrupts();
        // The signal is its own, and interrupts no call of the thread that waits.
        std::thread user([] {
          std::this_thread::sleep_for(std::chrono::milliseconds(100));
          std::raise(SIGINT);
        });
        const auto lock = FileLock::acquire(path, FileLock::Mode::kShared);
        user.join();
        if (!lock) {
          fputs((lock.error().where + ": " + lock.error().what).c_str(), stderr);
        }
        const auto free = FileLock::acquire(path.native() + "-free", FileLock::Mode::kExclusive);
        _exit(!lock && free ? 3 : 0);
      },
      testing::ExitedWithCode(3), "/lock: stopped while waiting for another process");
}

}  // namespace
}  // namespace gantry::base

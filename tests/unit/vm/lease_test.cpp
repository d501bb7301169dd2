#include "vm/lease.hpp"

#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gantry::vm {
namespace {

using namespace std::chrono_literals;

class LeaseTest : public testing::Test {
 protected:
  std::filesystem::path file(const char* name) {
    const auto path = directory_.path() / name;
    EXPECT_TRUE(base::write_file(path, "x"));
    return path;
  }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(LeaseTest, ManyShareAndNobodyHasItAlone) {
  const auto path = file("ram");
  {
    Leases one;
    Leases other;
    EXPECT_TRUE(*one.share(path));
    EXPECT_TRUE(*other.share(path));
    EXPECT_TRUE(*other.share(path)) << "a second time";
    EXPECT_FALSE(Leases::try_reserve(path));
  }
  EXPECT_TRUE(Leases::try_reserve(path));
}

TEST_F(LeaseTest, WhatIsNotThereCannotBeShared) {
  Leases leases;
  EXPECT_FALSE(*leases.share(directory_.path() / "absent"));
  EXPECT_FALSE(Leases::try_reserve(directory_.path() / "absent"));
}

TEST_F(LeaseTest, AnotherFileOfTheSameNameIsSharedAnew) {
  const auto path = file("input");
  Leases leases;
  ASSERT_TRUE(*leases.share(path));
  std::filesystem::rename(path, directory_.path() / "old");
  EXPECT_FALSE(*leases.share(path));
  file("input");
  EXPECT_TRUE(*leases.share(path));
  EXPECT_FALSE(Leases::try_reserve(path));
}

TEST_F(LeaseTest, WaitsForTheOneWhoHasReserved) {
  const auto path = directory_.path() / "key";
  auto first = std::make_unique<Leases>();
  ASSERT_TRUE(first->reserve(path, [] { FAIL() << "nobody has it"; }));
  int told = 0;
  bool had = false;
  std::jthread other([&] {
    Leases second;
    const auto reserved = second.reserve(path, [&told] { ++told; });
    had = static_cast<bool>(reserved);
  });
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(had);
  first.reset();
  other.join();
  EXPECT_TRUE(had);
  EXPECT_EQ(told, 1);
}

TEST_F(LeaseTest, AProcessThatIsKilledHoldsNothing) {
  const auto path = file("key");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    Leases leases;
    const bool done = leases.reserve(path, {}) && write(ends[1], "x", 1) == 1;
    static_cast<void>(done);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ends[0], &byte, 1), 1);
  EXPECT_FALSE(Leases::try_reserve(path));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(Leases::try_reserve(path));
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace gantry::vm

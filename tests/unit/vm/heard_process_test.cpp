#include "vm/heard_process.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

constexpr std::chrono::seconds kLong{20};

base::Result<std::string> hear(const std::string& script, std::chrono::milliseconds time = kLong) {
  auto process = HeardProcess::start({"sh", "-c", script});
  EXPECT_TRUE(process) << process.error().what;
  return process->hear_out(after(time), "sh");
}

TEST(HeardProcess, HearsBothOutputsToTheEnd) {
  const auto said = hear("echo one; echo two >&2; sleep 0.1; printf three");
  ASSERT_TRUE(said) << said.error().what;
  EXPECT_EQ(*said, "one\ntwo\nthree");
}

TEST(HeardProcess, DoesNotWaitForWhoHasInheritedItsOutput) {
  const auto said = hear("echo done; sleep 1000 & exit 0");
  ASSERT_TRUE(said) << said.error().what;
  EXPECT_EQ(*said, "done\n");
}

TEST(HeardProcess, HearsSixtyFourKibibytes) {
  const auto said = hear("head -c 65536 /dev/zero");
  ASSERT_TRUE(said) << said.error().what;
  EXPECT_EQ(said->size(), 65536U);
  const auto more = hear("head -c 65537 /dev/zero");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().what.substr(0, 3), "sh ");
}

TEST(HeardProcess, SaysHowItFailed) {
  const auto said = hear("echo 'bad luck\a'; exit 3");
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().what, "sh ended by exit code 3: bad luck\\x07");
}

TEST(HeardProcess, GivesUpAtTheDeadline) {
  const auto said = hear("exec sleep 1000", std::chrono::milliseconds(100));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().what, "sh does not end");
}

TEST(HeardProcess, IsEndedOnceAndForAll) {
  auto process = HeardProcess::start({"sleep", "1000"});
  ASSERT_TRUE(process) << process.error().what;
  auto moved = *std::move(process);
  EXPECT_EQ(moved.end(), "signal 9 (Killed)");
  EXPECT_EQ(moved.end(), "signal 9 (Killed)");
}

}  // namespace
}  // namespace gantry::vm

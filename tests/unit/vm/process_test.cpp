#include "vm/process.hpp"

#include <cerrno>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

namespace gantry::vm {
namespace {

using namespace std::chrono_literals;

class ProcessTest : public testing::Test {
 protected:
  Process start(const std::string& script) {
    auto process = Process::start({{"sh", "-c", script}, directory_.path() / "log", {}});
    EXPECT_TRUE(process) << process.error().what;
    return *std::move(process);
  }

  base::TempDir directory_ = *base::TempDir::create();
};

TEST_F(ProcessTest, AWaitSaysHowItEndedAndWhatItSaidLast) {
  auto process = start("echo no such disk >&2; exit 3");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto waited = process.wait_for(ends[0], POLLIN, after(10s), "waiting for its monitor");
  close(ends[0]);
  close(ends[1]);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().what,
            "the virtual machine ended by exit code 3 while waiting for its monitor; its last "
            "words:\nno such disk");
  EXPECT_EQ(waited.error().where, (directory_.path() / "log").native());
}

TEST_F(ProcessTest, ABusErrorIsALackOfRoom) {
  auto process = start("kill -BUS $$");
  ASSERT_TRUE(process.wait_for_end(after(10s)));
  const auto error = process.obituary("running");
  EXPECT_EQ(error.what, "the virtual machine ended by signal 7 (Bus error) while running");
  EXPECT_EQ(error.hint,
            "there was no room for the memory of the guest: free some in /dev/shm, or "
            "where the store of checkpoints is, which has it if /dev/shm is too small");
}

TEST_F(ProcessTest, AWaitEndsAtItsDeadline) {
  auto process = start("sleep 60");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto waited = process.wait_for(ends[0], POLLIN, after(10ms), "waiting for nothing");
  close(ends[0]);
  close(ends[1]);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().what, "the time is over while waiting for nothing");
}

TEST_F(ProcessTest, EndsWithItsObject) {
  pid_t pid = 0;
  {
    auto process = start("trap '' TERM; sleep 60");
    pid = process.pid();
    EXPECT_EQ(kill(pid, 0), 0);
  }
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

TEST_F(ProcessTest, AProgramThatIsNotThereIsSaid) {
  const auto process = Process::start({{"qemu-system-nothing"}, directory_.path() / "log", {}});
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().what, "qemu-system-nothing is not installed");
}

TEST_F(ProcessTest, GetsNoDescriptorButThoseThatItShall) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  auto process = Process::start({{"sh", "-c", "echo told >&" + std::to_string(ends[1])},
                                 directory_.path() / "log",
                                 {ends[1]}});
  ASSERT_TRUE(process);
  EXPECT_TRUE(process->wait_for(ends[0], POLLIN, after(10s), "reading"));
  char text[8];
  EXPECT_EQ(read(ends[0], text, sizeof text), 5);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(ProcessTest, ASignalReachesAllThatItHasStarted) {
  const auto note = directory_.path() / "pid";
  auto process = start("sleep 60 & echo $! > '" + note.native() + "'; wait");
  pid_t child = 0;
  for (int i = 0; i < 500 && child == 0; ++i) {
    usleep(10'000);
    const auto text = base::read_file(note);
    child = text && text->ends_with('\n') ? std::stoi(*text) : 0;
  }
  ASSERT_GT(child, 0);
  process.signal_group(SIGTERM);
  EXPECT_TRUE(process.wait_for_end(after(10s)));
  EXPECT_EQ(process.exit_code(), 128 + SIGTERM);
  // Somebody else's child by now, who may be slow to bury it.
  for (int i = 0; i < 500 && kill(child, 0) == 0; ++i) {
    const auto state = base::read_file("/proc/" + std::to_string(child) + "/stat");
    if (!state || state->find(") Z ") != std::string::npos) {
      return;
    }
    usleep(10'000);
  }
  EXPECT_NE(kill(child, 0), 0);
}

TEST_F(ProcessTest, GetsVariablesInPlaceOfOurs) {
  setenv("GANTRY_TEST_VARIABLE", "ours", 1);
  Process::Start words;
  words.arguments = {"sh", "-c",
                     "env | grep -c '^GANTRY_TEST_VARIABLE='; echo $GANTRY_TEST_VARIABLE"};
  words.log = directory_.path() / "log";
  words.environment = {"GANTRY_TEST_VARIABLE=its"};
  auto process = Process::start(words);
  ASSERT_TRUE(process);
  ASSERT_TRUE(process->wait_for_end(after(10s)));
  EXPECT_EQ(process->exit_code(), 0);
  EXPECT_EQ(*base::read_file(words.log), "1\nits\n");
}

}  // namespace
}  // namespace gantry::vm

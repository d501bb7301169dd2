#include "base/interrupt.hpp"

#include <chrono>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gantry::base {
namespace {

void raise_once_and_exit(int signal) {
  catch_interrupts();
  std::raise(signal);
  // Reached only because the first signal is caught; the code tells what was seen of it.
  std::_Exit(interrupted() ? interrupt_signal() : 99);
}

TEST(InterruptDeathTest, TheFirstSignalSetsTheFlag) {
  EXPECT_EXIT(raise_once_and_exit(SIGINT), testing::ExitedWithCode(SIGINT), "");
  EXPECT_EXIT(raise_once_and_exit(SIGTERM), testing::ExitedWithCode(SIGTERM), "");
}

void raise_twice(std::chrono::milliseconds pause) {
  catch_interrupts();
  std::raise(SIGINT);
  std::this_thread::sleep_for(pause);
  std::raise(SIGINT);
  std::_Exit(interrupted() ? interrupt_signal() : 99);
}

TEST(InterruptDeathTest, ASecondOneEndsTheProcess) {
  EXPECT_EXIT(raise_twice(std::chrono::milliseconds(250)), testing::KilledBySignal(SIGINT), "");
}

TEST(InterruptDeathTest, TwoAtOnceAreOne) {
  EXPECT_EXIT(raise_twice(std::chrono::milliseconds(0)), testing::ExitedWithCode(SIGINT), "");
}

/// What a process sees whose parent ends, or goes on.
char seen_by_child(bool parent_ends) {
  int began[2];
  int ends[2];
  EXPECT_EQ(pipe(began), 0);
  EXPECT_EQ(pipe(ends), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    if (fork() == 0) {
      catch_interrupts();
      stop_with_parent();
      bool done = write(began[1], "b", 1) == 1;
      for (int i = 0; i < 200 && !interrupted(); ++i) {
        usleep(parent_ends ? 50'000 : 1'000);
      }
      done = write(ends[1], interrupt_signal() == SIGHUP ? "h" : "n", 1) == 1 && done;
      std::_Exit(done ? 0 : 1);
    }
    char byte = 0;
    const bool done = read(began[0], &byte, 1) == 1;
    if (!parent_ends) {
      pause();
    }
    std::_Exit(done ? 0 : 1);
  }
  char seen = 0;
  EXPECT_EQ(read(ends[0], &seen, 1), 1);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  for (const int fd : {began[0], began[1], ends[0], ends[1]}) {
    close(fd);
  }
  return seen;
}

TEST(Interrupt, TheEndOfTheParentIsOne) {
  EXPECT_EQ(seen_by_child(true), 'h');
  EXPECT_EQ(seen_by_child(false), 'n');
}

TEST(Interrupt, NothingIsCaughtBeforeASignal) {
  EXPECT_FALSE(interrupted());
}

}  // namespace
}  // namespace gantry::base

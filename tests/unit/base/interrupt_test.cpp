#include "base/interrupt.hpp"

#include <csignal>

#include <gtest/gtest.h>

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

TEST(InterruptDeathTest, ASecondOneOfTheKindEndsTheProcess) {
  const auto twice = [] {
    catch_interrupts();
    std::raise(SIGINT);
    std::raise(SIGINT);
    std::_Exit(0);
  };
  EXPECT_EXIT(twice(), testing::KilledBySignal(SIGINT), "");
}

TEST(Interrupt, NothingIsCaughtBeforeASignal) {
  EXPECT_FALSE(interrupted());
}

}  // namespace
}  // namespace gantry::base

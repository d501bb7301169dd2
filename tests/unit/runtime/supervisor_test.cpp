#include "runtime/supervisor.hpp"

#include <gtest/gtest.h>

#include "signal_later.hpp"

namespace gantry::runtime {
namespace {

using namespace std::chrono_literals;

TEST(Supervisor, CapturesBothOutputsAndTheExitCode) {
  const auto outcome = run_supervised({"sh", "-c", "cat; echo out; echo err >&2; exit 3"},
                                      {.streams = Streams::kCapture});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_code, 3);
  EXPECT_EQ(outcome->out, "out\n");
  EXPECT_EQ(outcome->err, "err\n");
  EXPECT_FALSE(outcome->timed_out);
}

TEST(Supervisor, KeepsTheFirstSixteenMebibytes) {
  const auto outcome =
      run_supervised({"head", "-c", "20000000", "/dev/zero"}, {.streams = Streams::kCapture});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_code, 0);
  EXPECT_EQ(outcome->out.size(), std::size_t{16} << 20);
}

TEST(Supervisor, TimeoutKills) {
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome =
      run_supervised({"sleep", "30"}, {.streams = Streams::kCapture, .timeout = 100ms});
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->timed_out);
  EXPECT_EQ(outcome->exit_code, 137);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST(Supervisor, PassesSignalsOn) {
  const SignalLater later(SIGTERM, 300ms);
  const auto outcome =
      run_supervised({"sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.05; done"},
                     {.streams = Streams::kCapture, .timeout = 10s});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->exit_code, 5);
}

TEST(Supervisor, RunsWhereItIsTold) {
  const auto outcome = run_supervised({"pwd"}, {.streams = Streams::kCapture, .directory = "/usr"});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->out, "/usr\n");
}

/// Writes more than a pipe holds.
base::Result<void> write_a_megabyte(int input) {
  const std::string text(1'000'000, 'x');
  return base::write_all(input, std::as_bytes(std::span(text)), "input");
}

TEST(Supervisor, FeedsStandardInput) {
  const auto done = run_fed({"wc", "-c"}, write_a_megabyte);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome.out, "1000000\n");
  EXPECT_TRUE(done->fed);
}

TEST(Supervisor, AProgramNeedNotReadItsInput) {
  const auto done = run_fed({"sh", "-c", "exit 3"}, write_a_megabyte);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome.exit_code, 3);
  ASSERT_FALSE(done->fed);
  EXPECT_EQ(done->fed.error().what, "cannot write input: Broken pipe");
}

TEST(Supervisor, ASignalEndsAProgramThatIsFed) {
  const SignalLater later(SIGTERM, 300ms);
  const auto done = run_fed({"sleep", "30"}, write_a_megabyte);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome.exit_code, 128 + SIGTERM);
  EXPECT_EQ(done->outcome.signal, SIGTERM);
}

TEST(Supervisor, NothingIsFedToAMissingProgram) {
  const auto done = run_fed({"/no/such/program"}, write_a_megabyte);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, "cannot run /no/such/program: No such file or directory");
}

TEST(Supervisor, MissingProgramIsAnErrorThatNamesIt) {
  const auto outcome = run_supervised({"/no/such/program"}, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().what, "cannot run /no/such/program: No such file or directory");
}

}  // namespace
}  // namespace gantry::runtime

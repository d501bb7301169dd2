#include "base/process.hpp"

#include <gtest/gtest.h>

namespace gantry::base {
namespace {

TEST(Process, FeedsInputAndCapturesBothOutputs) {
  const std::string megabyte(1 << 20, 'x');
  const auto finished =
      run({.arguments = {"sh", "-c", "cat; echo oops >&2; exit 3"}, .input = megabyte});
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->out, megabyte);
  EXPECT_EQ(finished->err, "oops\n");
  EXPECT_EQ(finished->exit_code, 3);
}

TEST(Process, MayLeaveItsInputUnread) {
  const auto finished = run({.arguments = {"sh", "-c", "exec <&-; echo done"},
                             .input = std::string(std::size_t{1} << 20, 'x')});
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->out, "done\n");
  EXPECT_EQ(finished->exit_code, 0);
}

TEST(Process, IsKilledWhenItsTimeIsOver) {
  using std::chrono::milliseconds;
  const char* const slow[] = {"echo begun; exec sleep 30", "exec >&- 2>&- <&-; exec sleep 30"};
  for (const auto* script : slow) {
    const auto begin = std::chrono::steady_clock::now();
    const auto finished = run({.arguments = {"sh", "-c", script}, .timeout = milliseconds(100)});
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().what, "sh did not finish within 100 ms");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(10'000));
  }
  const auto quick = run({.arguments = {"echo", "here"}, .timeout = milliseconds(20'000)});
  ASSERT_TRUE(quick);
  EXPECT_EQ(quick->out, "here\n");
}

TEST(Process, SignalsBecomeExitCodes) {
  const auto finished = run({.arguments = {"sh", "-c", "kill -9 $$"}});
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->exit_code, 137);
}

TEST(Process, TheUmaskIsTheProgramsAlone) {
  const auto before = run({.arguments = {"sh", "-c", "umask"}});
  const auto during = run({.arguments = {"sh", "-c", "umask"}, .umask = 0037});
  const auto after = run({.arguments = {"sh", "-c", "umask"}});
  ASSERT_TRUE(before && during && after);
  EXPECT_EQ(during->out, "0037\n");
  EXPECT_EQ(after->out, before->out);
}

TEST(Process, MissingProgramIsAnErrorThatNamesIt) {
  const auto finished =
      run({.arguments = {"no-such-program-here"}, .environment = {{"PATH", "/usr/bin:/bin"}}});
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().what, "cannot run no-such-program-here: No such file or directory");
}

TEST(Process, CheckedRunQuotesStandardError) {
  const auto finished = run_checked({.arguments = {"sh", "-c", "echo it broke >&2; exit 4"}});
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().what,
            "sh -c 'echo it broke >&2; exit 4' failed with exit code 4:\nit broke");
}

}  // namespace
}  // namespace gantry::base

#include "base/progress.hpp"

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

namespace gantry::base {
namespace {

/// What a terminal of so many columns gets on standard error.
std::string shown_at(unsigned short columns, const std::string& label) {
  winsize size{};
  size.ws_row = 24;
  size.ws_col = columns;
  int terminal = -1;
  int end = -1;
  if (openpty(&terminal, &end, nullptr, nullptr, &size) != 0) {
    return "no terminal";
  }
  const int saved = dup(STDERR_FILENO);
  dup2(end, STDERR_FILENO);
  {
    const auto progress = make_progress(label, 4'000'000);
    std::this_thread::sleep_for(std::chrono::milliseconds(1010));
    progress->advance(1'000'000);
  }
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(end);
  // What was written reaches the other side a little later, and in pieces; once no end is open, all
  // of it comes before the error that ends the loop.
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t count = 0; (count = read(terminal, piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  close(terminal);
  return text;
}

TEST(Progress, ATerminalGetsABarThatIsTakenAway) {
  EXPECT_THAT(shown_at(100, "packing"),
              testing::MatchesRegex("\r\x1b\\[K\\[======                  \\] packing: 1.00 MB of "
                                    "4.00 MB \\(25 %\\), [0-9.]+ kB/s\r\x1b\\[K"));
}

TEST(Progress, ANarrowTerminalGetsWhatFitsOnOneLine) {
  EXPECT_THAT(shown_at(60, "packing"),
              testing::MatchesRegex("\r\x1b\\[Kpacking: 1.00 MB of 4.00 MB \\(25 %\\), [0-9.]+ "
                                    "kB/s\r\x1b\\[K"));
  EXPECT_EQ(shown_at(28, "packing"), "\r\x1b[Kpacking: 1.00 MB of 4.00 MB\r\x1b[K");
}

TEST(Progress, WorkOfLessThanASecondShowsNothing) {
  testing::internal::CaptureStderr();
  {
    const auto progress = make_progress("packing", 100);
    progress->advance(50);
    progress->advance(50);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, ALogGetsPlainLines) {
  testing::internal::CaptureStderr();
  {
    const auto progress = make_progress("packing", 4'000'000);
    std::this_thread::sleep_for(std::chrono::milliseconds(1010));
    progress->advance(1'000'000);
    progress->advance(1'000'000);
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::MatchesRegex("packing: 1.00 MB of 4.00 MB \\(25 %\\), [0-9.]+ kB/s\n"));
}

}  // namespace
}  // namespace gantry::base

#include "registry/retry.hpp"

#include <gtest/gtest.h>

namespace gantry::registry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Sun, 06 Nov 1994 08:49:37 GMT: the date that RFC 9110 writes in its three forms.
const auto kDate = std::chrono::system_clock::from_time_t(784111777);

std::optional<milliseconds> asked(std::string_view header, std::string_view body = "") {
  HttpResponse response;
  response.status = 429;
  response.body = body;
  if (!header.empty()) {
    response.headers.add("retry-after", std::string(header));
  }
  return retry_after(response, kDate - seconds(90));
}

TEST(RetryAfter, IsANumberOfSeconds) {
  EXPECT_EQ(asked("120"), seconds(120));
  EXPECT_EQ(asked("0"), seconds(0));
  EXPECT_EQ(asked("99999999999"), std::chrono::hours(24));
}

TEST(RetryAfter, IsADateInAnyOfItsForms) {
  EXPECT_EQ(asked("Sun, 06 Nov 1994 08:49:37 GMT"), seconds(90));
  EXPECT_EQ(asked("Sunday, 06-Nov-94 08:49:37 GMT"), seconds(90));
  EXPECT_EQ(asked("Sun Nov  6 08:49:37 1994"), seconds(90));
  EXPECT_EQ(asked("Sun, 06 Nov 1994 08:00:00 GMT"), seconds(0));
}

TEST(RetryAfter, IsInTheBodyAsGoWritesDurations) {
  EXPECT_EQ(asked("", "retry-after: 880\u00b5s, allowed: 44000/minute"), milliseconds(1));
  EXPECT_EQ(asked("", "{\"message\":\"retry-after: 1.5s\"}"), milliseconds(1500));
  EXPECT_EQ(asked("", "retry-after: 20ms"), milliseconds(20));
  EXPECT_EQ(asked("", "retry-after: 2m0s"), seconds(120));
}

TEST(RetryAfter, ThatCannotBeReadIsNone) {
  EXPECT_EQ(asked("soon"), std::nullopt);
  EXPECT_EQ(asked("-5"), std::nullopt);
  EXPECT_EQ(asked("", "retry-after: 5 parsecs"), std::nullopt);
  EXPECT_EQ(asked("", "retry-after: nan"), std::nullopt);
  EXPECT_EQ(asked(""), std::nullopt);
}

TEST(Backoff, DoublesByChanceUpToTheLongest) {
  const RetryPolicy policy{
      .attempts = 8, .first = milliseconds(100), .longest = milliseconds(1000)};
  Backoff backoff(policy);
  for (const int most : {100, 200, 400, 800, 1000, 1000, 1000}) {
    const auto time = backoff.next(std::nullopt);
    ASSERT_TRUE(time);
    EXPECT_GE(time->count(), most / 2);
    EXPECT_LE(time->count(), most);
  }
  EXPECT_EQ(backoff.next(std::nullopt), std::nullopt);
}

TEST(Backoff, BeginsAnewWhenSomethingWasGained) {
  Backoff backoff({.attempts = 2, .first = milliseconds(1)});
  EXPECT_TRUE(backoff.next(std::nullopt));
  EXPECT_FALSE(backoff.next(std::nullopt));
  backoff.reset();
  EXPECT_TRUE(backoff.next(std::nullopt));
}

TEST(Backoff, HeedsWhatTheRegistryAsksForWithinReason) {
  Backoff backoff({.attempts = 9, .first = milliseconds(1), .longest_asked = seconds(60)});
  EXPECT_EQ(backoff.next(seconds(60)), seconds(60));
  EXPECT_EQ(backoff.next(seconds(61)), std::nullopt);
}

TEST(IsPassing, IsOverloadAndTimeoutsOnly) {
  for (const int status : {408, 429, 499, 500, 502, 503, 504, 522}) {
    EXPECT_TRUE(is_passing(status)) << status;
  }
  for (const int status : {200, 307, 400, 401, 403, 404, 409, 413, 416, 501, 505}) {
    EXPECT_FALSE(is_passing(status)) << status;
  }
}

}  // namespace
}  // namespace gantry::registry

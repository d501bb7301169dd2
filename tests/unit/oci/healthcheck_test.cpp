#include "oci/healthcheck.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

using testing::ElementsAre;

base::Result<Healthcheck> parse(std::vector<std::string> tokens) {
  return parse_healthcheck(tokens);
}

TEST(Healthcheck, OptionsComeBeforeTheCommand) {
  const auto check = parse({"--interval=1m30s", "--timeout=500ms", "--start-period=1.5h",
                            "--retries=3", "curl", "--interval=1s", "localhost"});
  ASSERT_TRUE(check) << check.error().what;
  EXPECT_EQ(check->interval, 90'000'000'000);
  EXPECT_EQ(check->timeout, 500'000'000);
  EXPECT_EQ(check->start_period, 5'400'000'000'000);
  EXPECT_EQ(check->retries, 3);
  EXPECT_THAT(check->test, ElementsAre("CMD", "curl", "--interval=1s", "localhost"));
}

TEST(Healthcheck, NoneSwitchesAnInheritedOneOff) {
  EXPECT_THAT(parse({"NONE"})->test, ElementsAre("NONE"));
  EXPECT_EQ(parse({"NONE", "x"}).error().what,
            "a health check of NONE takes neither options nor arguments");
}

TEST(Healthcheck, MistakesAreNamed) {
  EXPECT_EQ(parse({"--intervall=3s", "true"}).error().what,
            "a health check has no option '--intervall'");
  EXPECT_EQ(parse({"--intervall=3s", "true"}).error().hint, "did you mean '--interval'?");
  EXPECT_EQ(parse({"--retries=0", "true"}).error().what, "'0' is not a number of retries");
  EXPECT_EQ(parse({"--retries=2"}).error().what, "the health check has no command");
  for (const char* const bad : {"", "30", "s", "1x", "-1s", "1.2.3s", "1e9h", "99999999999h"}) {
    EXPECT_EQ(parse({std::string("--timeout=") + bad, "true"}).error().hint,
              "a duration is a number with its unit, for example 30s, 1m30s or 500ms")
        << bad;
  }
}

}  // namespace
}  // namespace gantry::oci

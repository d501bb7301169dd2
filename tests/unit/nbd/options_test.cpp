#include "nbd/options.hpp"

#include <filesystem>

#include <gtest/gtest.h>

namespace gantry::nbd {
namespace {

std::string error_of(std::string_view key, std::string_view value) {
  Options options;
  const auto done = set(options, key, value);
  return done ? "" : done.error().what;
}

TEST(Options, TakesEveryKey) {
  Options options;
  for (const auto& [key, value] : {
           std::pair{"device", "ref-a"},
           {"json", "{}"},
           {"state", "/a.state"},
           {"data", "file"},
           {"data-file", "/a.data"},
           {"fill", "random"},
           {"seed", "7"},
           {"transport", "15us"},
           {"capture", "/a.trace"},
           {"report", "/a.json"},
           {"save-state", "/b.state"},
           {"progress", "3"},
           {"uri", "nbd://x"},
           {"socket", "/a.sock"},
       }) {
    EXPECT_TRUE(set(options, key, value)) << key;
  }
  EXPECT_EQ(options.device, "ref-a");
  EXPECT_EQ(options.json, "{}");
  EXPECT_EQ(options.state, "/a.state");
  EXPECT_EQ(options.data, GANTRY_SSD_FILE);
  EXPECT_EQ(options.data_file, "/a.data");
  EXPECT_EQ(options.fill, GANTRY_SSD_FILL_RANDOM);
  EXPECT_EQ(options.seed, 7U);
  EXPECT_EQ(options.transport, realtime::Nanos{15'000});
  EXPECT_EQ(options.capture, "/a.trace");
  EXPECT_EQ(options.report, "/a.json");
  EXPECT_EQ(options.save_state, "/b.state");
  EXPECT_EQ(options.progress, std::chrono::seconds{3});
  EXPECT_EQ(options.uri, "nbd://x");
  EXPECT_EQ(options.socket, "/a.sock");
  EXPECT_TRUE(check(options));
}

TEST(Options, MakesPathsAbsolute) {
  Options options;
  ASSERT_TRUE(set(options, "device", "dir/my.json"));
  ASSERT_TRUE(set(options, "report", "r.json"));
  const auto here = std::filesystem::current_path();
  EXPECT_EQ(options.device, here / "dir/my.json");
  EXPECT_EQ(options.report, here / "r.json");
}

TEST(Options, KnowsTimesOfTransport) {
  Options options;
  ASSERT_TRUE(set(options, "transport", "0ns"));
  EXPECT_EQ(options.transport, realtime::Nanos{0});
  ASSERT_TRUE(set(options, "transport", "1000000us"));
  EXPECT_EQ(options.transport, std::chrono::seconds{1});
  ASSERT_TRUE(set(options, "transport", "auto"));
  EXPECT_EQ(options.transport, std::nullopt);
  const std::string expected =
      "transport is auto or a time of up to 1 s, such as 15us or 0ns, not \"";
  for (const auto* const wrong : {"1000001us", "15", "us", "-1us", "1.5us", "15ms", ""}) {
    EXPECT_EQ(error_of("transport", wrong), expected + wrong + "\"");
  }
}

TEST(Options, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(error_of("dat", "x"), "there is no parameter \"dat\"");
  EXPECT_EQ(error_of("data", "disk"), "data is timing, memory or file, not \"disk\"");
  EXPECT_EQ(error_of("fill", "all"), "fill is none, sequential or random, not \"all\"");
  EXPECT_EQ(error_of("seed", "x"), "seed is a number, not \"x\"");
  EXPECT_EQ(error_of("progress", "-1"), "progress is a number, not \"-1\"");
}

TEST(Options, AreCheckedTogether) {
  Options options;
  EXPECT_EQ(check(options).error().what,
            "device, json or state is needed: what drive is to be simulated");
  options.state = "/a.state";
  EXPECT_TRUE(check(options));
  options.data = GANTRY_SSD_FILE;
  EXPECT_EQ(check(options).error().what, "data=file and data-file go together");
  options.data_file = "/a.data";
  EXPECT_TRUE(check(options));
  options.save_state = options.state;
  EXPECT_TRUE(check(options));
  options.capture = "/a.data";
  EXPECT_EQ(check(options).error().what, "capture and data-file are one file");
  options.capture = "/a.state";
  EXPECT_EQ(check(options).error().what, "capture and state are one file");
  options.capture = "/a.trace";
  EXPECT_TRUE(check(options));
  options.data = GANTRY_SSD_MEMORY;
  EXPECT_FALSE(check(options));
}

}  // namespace
}  // namespace gantry::nbd

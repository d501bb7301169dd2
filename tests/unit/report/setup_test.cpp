#include "report/setup.hpp"

#include <gtest/gtest.h>

#include "sample.hpp"

namespace gantry::report {
namespace {

TEST(RunSetup, IsWhatTheDocumentSays) {
  const auto device = sample_run().device;
  const auto setup = setup_of(device.description, device.workload);
  EXPECT_EQ(setup.depth, 8U);
  EXPECT_EQ(setup.rate, "");
  EXPECT_EQ(setup.think, "");  // 0ns
  EXPECT_EQ(setup.read, 50'000);
  EXPECT_EQ(setup.program, 600'000);
  EXPECT_EQ(setup.erase, 3'000'000);
  EXPECT_EQ(setup.buffer_access, 0);
}

TEST(RunSetup, PointsOfASweepHaveTheirOwn) {
  const auto device = sample_run().device;
  const auto setup = setup_of(device.description, device.workload,
                              {{"queue-depth", "8"},
                               {"streams", "2"},
                               {"think", "1.5us"},
                               {"/nand/program", "1ms"},
                               {"/write_buffer/latency", "2us"},
                               {"/seed", "7"},
                               {"/none/such", "1"}});
  EXPECT_EQ(setup.depth, 16U);
  EXPECT_EQ(setup.think, "1.5us");
  EXPECT_EQ(setup.read, 50'000);
  EXPECT_EQ(setup.program, 1'000'000);
  EXPECT_EQ(setup.buffer_access, 2000);
}

TEST(RunSetup, OfPagesThatDifferHasTheMean) {
  const auto setup = setup_of({{"nand", {{"read 0", "40us"}, {"read 1", "65us"}}}}, {});
  EXPECT_EQ(setup.read, 52'500);
}

TEST(RunSetup, TakesNothingForAnAmountThatIsNone) {
  const auto setup = setup_of({{"nand", {{"read", "50"}, {"program", "-1us"}, {"erase", "x"}}}},
                              {{"rate", "**2k/s** <b>"}, {"think", "1ms|"}, {"queue-depth", "-1"}});
  EXPECT_EQ(setup.rate, "");
  EXPECT_EQ(setup.think, "");
  EXPECT_EQ(setup.depth, 0U);
  EXPECT_EQ(setup.read + setup.program + setup.erase, 0);
}

}  // namespace
}  // namespace gantry::report

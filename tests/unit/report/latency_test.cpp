#include "report/latency.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::report {
namespace {

std::vector<std::pair<double, double>> points(const Latency& latency) {
  std::vector<std::pair<double, double>> all;
  for (const auto& point : curve_of(latency)) {
    all.emplace_back(point.nanos, point.share);
  }
  return all;
}

using testing::ElementsAre;
using testing::Pair;

TEST(Latency, CurveOfBucketsCountsThem) {
  EXPECT_THAT(points({10, 20, 40, {}, {{10, 1}, {20, 2}, {40, 1}}}),
              ElementsAre(Pair(10, 0), Pair(10, 0.25), Pair(20, 0.75), Pair(40, 1)));
}

TEST(Latency, CurveOfPercentilesGoesThroughThem) {
  EXPECT_THAT(points({10, 20, 40, {{"50", 0.5, 20}, {"99", 0.99, 40}}, {}}),
              ElementsAre(Pair(10, 0), Pair(20, 0.5), Pair(40, 1)));
}

TEST(Latency, CurveAscendsWhateverTheDocumentSays) {
  EXPECT_THAT(points({10, 20, 40, {{"50", 0.5, 99}, {"90", 0.9, 5}}, {}}),
              ElementsAre(Pair(10, 0), Pair(40, 1)));
}

TEST(Latency, ThatIsAlwaysTheSameRisesAtOnce) {
  EXPECT_THAT(points({7, 7, 7, {{"50", 0.5, 7}, {"99", 0.99, 7}}, {}}),
              ElementsAre(Pair(7, 0), Pair(7, 1)));
}

TEST(Latency, OfNothingHasNoCurve) {
  EXPECT_TRUE(curve_of({}).empty());
}

TEST(Latency, PercentilesAscend) {
  auto input =
      JsonInput::parse(R"({"99.9": 3, "50.000000": 1, "100": 4, "99": 2})", "a.json").value();
  const auto percentiles = read_percentiles(input.root());
  ASSERT_EQ(percentiles.size(), 4U);
  EXPECT_EQ(percentiles[0].name, "50.000000");
  EXPECT_EQ(percentiles[0].share, 0.5);
  EXPECT_EQ(percentiles[2].nanos, 3);
  EXPECT_EQ(percentiles[3].share, 1);
  EXPECT_TRUE(input.verdict());
  for (const auto* name : {"", ".", "1.2.3", "101", "-1", "1e1", "nan", "0x1"}) {
    auto bad = JsonInput::parse(std::string("{\"") + name + "\": 1}", "a.json").value();
    (void)read_percentiles(bad.root());
    EXPECT_FALSE(bad.verdict()) << name;
  }
}

}  // namespace
}  // namespace gantry::report

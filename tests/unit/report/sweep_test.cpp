#include "report/sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/html.hpp"
#include "report/markdown.hpp"
#include "sample.hpp"

namespace gantry::report {
namespace {

std::string refusal(const nlohmann::json& json) {
  const auto sweep = parse_sweep(json.dump(), "sweep.json");
  return sweep ? "" : sweep.error().where + ": " + sweep.error().what;
}

TEST(Sweep, IsReadFromWhatTheProgramPrints) {
  const auto sweep = parse_sweep(sample("sweep.json"), "sweep.json").value();
  EXPECT_EQ(sweep.device, "ref-a");
  ASSERT_EQ(sweep.points.size(), 4U);
  EXPECT_THAT(sweep.points[1].settings,
              testing::ElementsAre(Setting{"queue-depth", "1"}, Setting{"/nand/command", "600ns"}));
  EXPECT_EQ(sweep.points[1].report.commands, 200U);
}

TEST(Sweep, MistakesAreNamedByFileAndPointer) {
  auto json = nlohmann::json::parse(sample("sweep.json"));
  json["points"][2]["report"]["iops"] = "x";
  EXPECT_EQ(refusal(json), "sweep.json: /points/2/report/iops must be a number from 0");
  json = nlohmann::json::parse(sample("sweep.json"));
  json["points"][1]["point"] = {{"queue-depth", "1"}};
  EXPECT_EQ(refusal(json),
            "sweep.json: /points/1/point must have the same names as the first point");
  json["points"] = nlohmann::json::array();
  EXPECT_EQ(refusal(json),
            "sweep.json: /points must have a point: the sweep was interrupted before the first "
            "one");
}

TEST(Sweep, ParetoFrontIsWhatNothingIsBetterThan) {
  // Cost and value: 2 is worse than 0 in both, 4 is 3 again.
  EXPECT_THAT(pareto_front({{10, 100}, {5, 50}, {20, 90}, {1, 10}, {1, 10}, {9, 50}}),
              testing::ElementsAre(0, 1, 3));
  EXPECT_TRUE(pareto_front({}).empty());
}

TEST(Sweep, ParetoFrontHoldsAgainstTheDefinition) {
  std::vector<Merit> points;
  std::uint64_t state = 1;
  const auto draw = [&] {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state >> 60U);
  };
  for (int at = 0; at < 200; ++at) {
    points.push_back({draw(), draw()});
  }
  const auto front = pareto_front(points);
  for (std::size_t at = 0; at < points.size(); ++at) {
    bool is_beaten = false;
    bool is_in = false;
    for (std::size_t other = 0; other < points.size(); ++other) {
      is_beaten =
          is_beaten ||
          (points[other].cost <= points[at].cost && points[other].value >= points[at].value &&
           (points[other].cost < points[at].cost || points[other].value > points[at].value));
    }
    for (const auto best : front) {
      is_in =
          is_in || (points[best].cost == points[at].cost && points[best].value == points[at].value);
    }
    EXPECT_NE(is_beaten, is_in) << at;
  }
}

TEST(Sweep, APointAtWhichNothingWasMeasuredIsNotTheBest) {
  auto json = nlohmann::json::parse(sample("sweep.json"));
  const auto nothing = [&](std::size_t at) {
    auto& report = json["points"][at]["report"];
    report["commands"] = 0;
    report["iops"] = 0;
    report["opcodes"] = nlohmann::json::object();
  };
  const auto best = [&] {
    const auto sweep = parse_sweep(json.dump(), "sweep.json").value();
    return std::pair(best_points(sweep), sentence_of(sweep, best_points(sweep)));
  };
  ASSERT_EQ(json["points"].size(), 4U);
  nothing(0);
  EXPECT_THAT(best().first, testing::Not(testing::Contains(0U)));
  for (std::size_t at = 1; at < 4; ++at) {
    nothing(at);
  }
  EXPECT_TRUE(best().first.empty());
  EXPECT_EQ(best().second, "Nothing was measured: at no point did a command end.");
  auto sweep = parse_sweep(json.dump(), "sweep.json").value();
  EXPECT_EQ(to_html(sweep).find("<svg"), std::string::npos);
  EXPECT_EQ(to_markdown(sweep), "### \n\nNothing was measured: at no point did a command end.\n");
}

TEST(Sweep, OfOnePointComparesNothing) {
  auto json = nlohmann::json::parse(sample("sweep.json"));
  json["points"].erase(json["points"].begin() + 1, json["points"].end());
  const auto sweep = parse_sweep(json.dump(), "sweep.json").value();
  EXPECT_EQ(sentence_of(sweep, best_points(sweep)),
            "There is one point, with which nothing compares.");
}

}  // namespace
}  // namespace gantry::report

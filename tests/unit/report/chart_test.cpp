#include "report/chart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> texts(const Axis& axis) {
  std::vector<std::string> all;
  for (const auto& tick : axis.ticks) {
    all.push_back(tick.text);
  }
  return all;
}

TEST(Chart, AxesHaveShortTexts) {
  EXPECT_THAT(texts(amount_axis(31'000, "IOPS")), ElementsAre("0", "10k", "20k", "30k", "40k"));
  EXPECT_THAT(texts(amount_axis(1.7e6, "IOPS")), ElementsAre("0", "500k", "1M", "1.5M", "2M"));
  EXPECT_THAT(texts(time_axis(59'812, 1'200'000, "latency")),
              ElementsAre("100 µs", "200 µs", "500 µs", "1 ms"));
  EXPECT_THAT(texts(share_axis(40'000, "share")),
              ElementsAre("0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"));
  EXPECT_THAT(texts(share_axis(1, "share")), ElementsAre("0 %", "50 %", "90 %", "99 %"));
  EXPECT_THAT(texts(elapsed_axis(2e9)), ElementsAre("0", "0.5", "1", "1.5", "2"));
  EXPECT_EQ(elapsed_axis(2e9).label, "simulated time (s)");
  EXPECT_EQ(elapsed_axis(25e6).label, "simulated time (ms)");
}

TEST(Chart, CoordinatesAreShort) {
  EXPECT_EQ(coordinate(12), "12");
  EXPECT_EQ(coordinate(12.34), "12.3");
  EXPECT_EQ(coordinate(-0.01), "0");
}

TEST(Chart, IsAnImageWithATitleAndADescription) {
  Chart chart;
  chart.title = "A & B";
  chart.description = "Up to 3 <x>";
  chart.x = elapsed_axis(10);
  chart.y = amount_axis(4, "IOPS");
  chart.lines = {{"read", {{0, 0}, {5, 4}, {10, 2}}, false, 0}, {"<w>", {{0, 1}}, false, 1}};
  Markup markup;
  draw(markup, chart);
  const auto& svg = markup.out();
  EXPECT_THAT(svg, HasSubstr("<svg viewBox=\"0 0 360 200\" role=\"img\" aria-labelledby=\"t1\" "
                             "aria-describedby=\"d1\"><title id=\"t1\">A &amp; B</title>"
                             "<desc id=\"d1\">Up to 3 &lt;x&gt;</desc>"));
  EXPECT_THAT(svg, HasSubstr("class=\"line s0\""));
  EXPECT_THAT(svg, HasSubstr(">read</text>"));
  EXPECT_THAT(svg, HasSubstr(">&lt;w&gt;</text>"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(Chart, LinesBeginAndEndWhereTheirValuesAre) {
  Chart chart;
  chart.x = elapsed_axis(10);
  chart.y = amount_axis(4, "");
  chart.lines = {{"", {{0, 0}, {10, 4}}, false, 0}};
  Markup markup;
  draw(markup, chart);
  // Left of the frame is a digit's width and 8, right 14, below 34, above 24.
  EXPECT_THAT(markup.out(), HasSubstr("d=\"M15,166L346,24\""));
}

TEST(Chart, StepsGoRightThenUp) {
  Chart chart;
  chart.x = elapsed_axis(10);
  chart.y = amount_axis(4, "");
  chart.lines = {{"", {{0, 0}, {0, 2}, {10, 4}}, true, 3}};
  Markup markup;
  draw(markup, chart);
  EXPECT_THAT(markup.out(), HasSubstr("class=\"line s3\" d=\"M15,166H15V95H346V24\""));
}

TEST(Chart, NamesBesideStepsAreNotOnThem) {
  Chart chart;
  chart.width = 580;
  chart.height = 330;
  chart.x = time_axis(50, 500, "latency");
  chart.y = share_axis(1000, "share");
  chart.names_at_end = false;
  chart.lines = {
      {"big", {{60, 0}, {60, 0.3}, {90, 0.7}, {150, 0.96}, {300, 0.999}, {450, 1}}, true, 0}};
  Markup markup;
  draw(markup, chart);
  const auto& svg = markup.out();
  const auto text = svg.find("<text class=\"name f0\" x=\"");
  ASSERT_NE(text, std::string::npos);
  const auto left = std::stod(svg.substr(svg.find("x=\"", text) + 3));
  const auto bottom = std::stod(svg.substr(svg.find("y=\"", text) + 3)) + 3;
  // The corners of the line, from its path.
  const auto path = svg.find("d=\"M", svg.find("class=\"line s0\"")) + 4;
  double x = std::stod(svg.substr(path));
  double y = std::stod(svg.substr(svg.find(',', path) + 1));
  for (auto at = svg.find_first_of("HV", path); at < svg.find('"', path);
       at = svg.find_first_of("HV\"", at + 1)) {
    const auto next = std::stod(svg.substr(at + 1));
    const auto next_x = svg[at] == 'H' ? next : x;
    const auto next_y = svg[at] == 'V' ? next : y;
    const bool is_over = std::min(x, next_x) < left + 18 && std::max(x, next_x) > left &&
                         std::min(y, next_y) < bottom && std::max(y, next_y) > bottom - 12;
    EXPECT_FALSE(is_over) << x << "," << y << " to " << next_x << "," << next_y;
    x = next_x;
    y = next_y;
  }
}

TEST(Chart, NamesThatAreTooLongAreCutBetweenCharacters) {
  EXPECT_EQ(fitted("short", 100), "short");
  EXPECT_EQ(fitted("abcdefgxyz", 70), "abcdefgxyz");
  EXPECT_EQ(fitted("abcdefgwxyz", 69), "abcd…wxyz");
  EXPECT_EQ(fitted("äöüß", 21), "ä…ß");
  EXPECT_EQ(fitted("abc", 0), "…");
  EXPECT_LE(text_width(fitted(std::string(1000, 'W'), 144)), 144);
}

TEST(Chart, ALineOfOnePointIsADot) {
  Chart chart;
  chart.x = elapsed_axis(10);
  chart.y = amount_axis(4, "IOPS");
  chart.lines = {{"read", {{5, 2}}, false, 3}};
  Markup markup;
  draw(markup, chart);
  EXPECT_THAT(markup.out(), HasSubstr("<circle class=\"f3\""));
}

TEST(Chart, NumbersOfPointsThatAreCloseAreNotOnEachOther) {
  Chart chart;
  chart.x = amount_axis(4, "IOPS");
  chart.y = amount_axis(4, "WAF");
  for (std::size_t at = 0; at < 9; ++at) {
    chart.numbered.push_back({{2, 2}, at + 1});
  }
  Markup markup;
  draw(markup, chart);
  std::size_t numbers = 0;
  std::size_t circles = 0;
  for (auto at = markup.out().find("\"name f0\""); at != std::string::npos;
       at = markup.out().find("\"name f0\"", at + 1)) {
    ++numbers;
  }
  for (auto at = markup.out().find("<circle"); at != std::string::npos;
       at = markup.out().find("<circle", at + 1)) {
    ++circles;
  }
  EXPECT_EQ(numbers, 4U);
  EXPECT_EQ(circles, 9U);
}

}  // namespace
}  // namespace gantry::report

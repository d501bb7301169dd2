#include <fstream>
#include <iterator>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "oracle/report.hpp"
#include "oracle/section.hpp"

namespace gantry::oracle {

void PrintTo(const Oracle& oracle, std::ostream* out) {
  *out << oracle.name;
}

namespace {

std::string page() {
  std::ifstream file(GANTRY_ORACLE_PAGE);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class Agrees : public testing::TestWithParam<Oracle> {};

TEST_P(Agrees, WithWhatIsKnown) {
  const auto section = GetParam().simulate();
  ASSERT_FALSE(section.rows.empty());
  for (const auto& row : section.rows) {
    EXPECT_TRUE(row.holds()) << row.what << ": " << row.low << " to " << row.high
                             << " is known, simulated " << row.simulated;
  }
  const auto text = as_markdown(GetParam(), section);
  EXPECT_NE(page().find("\n" + text), std::string::npos)
      << "docs/oracles.md is out of date: build gantry_oracle_report. It should hold\n"
      << text;
}

INSTANTIATE_TEST_SUITE_P(Oracle, Agrees, testing::ValuesIn(oracles().begin(), oracles().end()),
                         [](const auto& oracle) { return std::string(oracle.param.name); });

TEST(Page, HasAllSectionsInTheirOrder) {
  const auto text = page();
  EXPECT_EQ(text.compare(0, markdown_head().size(), markdown_head()), 0);
  std::size_t at = 0;
  for (const auto& oracle : oracles()) {
    const auto found = text.find("\n## " + std::string(oracle.title) + "\n");
    ASSERT_NE(found, std::string::npos) << oracle.title;
    EXPECT_GT(found, at) << oracle.title;
    at = found;
  }
}

TEST(Row, HoldsWithinItsTolerance) {
  EXPECT_TRUE((Row{"", 2, 2, 2.01, 0.01}.holds()));
  EXPECT_FALSE((Row{"", 2, 2, 2.03, 0.01}.holds()));
  EXPECT_FALSE((Row{"", 2, 2, 1.97, 0.01}.holds()));
  EXPECT_FALSE((Row{"", 2, 2, -1, 0.01}.holds()));
  EXPECT_TRUE((Row{"", 2, 3, 2.5, 0}.holds()));
  EXPECT_FALSE((Row{"", 2, 3, 3.001, 0}.holds()));
  EXPECT_FALSE((Row{"", 0, 0, 1, 0}.holds()));
}

}  // namespace
}  // namespace gantry::oracle

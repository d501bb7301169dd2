#include "vm/pattern.hpp"

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

TEST(Pattern, FindsTheFirstMatch) {
  const auto pattern = Pattern::compile("[0-9]+ (MB|GB)$");
  ASSERT_TRUE(pattern);
  const auto match = pattern->find("a 12 MB\nb 3 GB\n");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->first, 2U);
  EXPECT_EQ(match->second, 7U);
  EXPECT_FALSE(pattern->find("12 MB left"));
}

TEST(Pattern, MatchesBeyondAZeroByte) {
  const auto pattern = Pattern::compile("up");
  ASSERT_TRUE(pattern);
  EXPECT_TRUE(pattern->find(std::string_view("a\0 up", 5)));
}

TEST(Pattern, SaysWhatIsWrong) {
  const auto pattern = Pattern::compile("login (");
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().what, "'login (' is no regular expression: Unmatched ( or \\(");
}

}  // namespace
}  // namespace gantry::vm

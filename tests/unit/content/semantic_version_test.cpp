#include "content/semantic_version.hpp"

#include <array>

#include <gtest/gtest.h>

namespace gantry::content {
namespace {

// The examples of semver.org: its regular expression's test page, and section 11.
TEST(SemanticVersion, TakesWhatTheSpecificationTakes) {
  for (const char* const text :
       {"0.0.4", "1.2.3", "10.20.30", "1.1.2-prerelease+meta", "1.1.2+meta", "1.1.2+meta-valid",
        "1.0.0-alpha", "1.0.0-alpha.beta.1", "1.0.0-alpha0.valid", "1.0.0-alpha.0valid",
        "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay", "1.0.0-rc.1+build.123",
        "1.2.3----RC-SNAPSHOT.12.9.1--.12+788", "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
        "1.0.0-0A.is.legal"}) {
    const auto version = SemanticVersion::parse(text);
    ASSERT_TRUE(version) << text;
    EXPECT_EQ(version->text(), text);
  }
}

TEST(SemanticVersion, RefusesWhatTheSpecificationRefuses) {
  for (const char* const text : {"",
                                 "1",
                                 "1.2",
                                 "1.2.3-0123",
                                 "1.2.3-0123.0123",
                                 "1.1.2+.123",
                                 "+invalid",
                                 "-invalid",
                                 "alpha",
                                 "1.0.0-alpha_beta",
                                 "1.0.0-alpha..",
                                 "1.0.0-alpha..1",
                                 "01.1.1",
                                 "1.01.1",
                                 "1.1.01",
                                 "1.2.3.DEV",
                                 "1.2-SNAPSHOT",
                                 "1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788",
                                 "-1.0.3-gamma+b7718",
                                 "9.8.7+meta+meta",
                                 "9.8.7-whatever+meta+meta",
                                 "v1.2.3",
                                 "1.2.3-",
                                 "1.2.3+",
                                 "99999999999999999999.0.0"}) {
    EXPECT_FALSE(SemanticVersion::parse(text)) << text;
  }
}

TEST(SemanticVersion, PrecedenceOfSectionEleven) {
  constexpr std::array kRising = {"0.9.9",      "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                  "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
                                  "1.0.0",      "1.0.1",        "1.9.0",         "1.10.0",
                                  "2.0.0"};
  for (std::size_t i = 0; i < kRising.size(); ++i) {
    for (std::size_t j = 0; j < kRising.size(); ++j) {
      EXPECT_EQ(*SemanticVersion::parse(kRising[i]) <=> *SemanticVersion::parse(kRising[j]),
                i <=> j)
          << kRising[i] << " " << kRising[j];
    }
  }
  EXPECT_EQ(*SemanticVersion::parse("1.0.0+a"), *SemanticVersion::parse("1.0.0+b"));
}

}  // namespace
}  // namespace gantry::content

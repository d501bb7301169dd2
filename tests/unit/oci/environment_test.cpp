#include "oci/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

const std::vector<std::string> kEnvironment = {"PATH=/bin:/usr/bin", "PA=x", "EMPTY=", "_1=one"};

std::string expand(std::string_view text) {
  return *expand_variables(text, kEnvironment);
}

TEST(Environment, NamesBecomeTheirValues) {
  EXPECT_EQ(expand("/opt/bin:${PATH}"), "/opt/bin:/bin:/usr/bin");
  EXPECT_EQ(expand("$PATH:$PA-$_1$"), "/bin:/usr/bin:x-one$");
  EXPECT_EQ(expand("[${UNKNOWN}$EMPTY]"), "[]");
  EXPECT_EQ(expand("$$PATH costs 5$ or $5"), "$PATH costs 5$ or $5");
  EXPECT_EQ(expand(""), "");
}

TEST(Environment, WhatIsNoNameInBracesIsAnError) {
  for (const char* const bad : {"${", "${}", "${PATH", "${1}", "${A:-b}"}) {
    const auto result = expand_variables(bad, kEnvironment);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().hint, "write ${NAME}, or $$ for a dollar");
  }
  EXPECT_EQ(expand_variables("x${A:-b}y", kEnvironment).error().what,
            "'${A:-b}' is not a variable");
}

TEST(Environment, SettingKeepsThePlace) {
  std::vector<std::string> environment = {"A=1", "AB=2"};
  set_variable(environment, "A", "3");
  set_variable(environment, "B", "4");
  EXPECT_THAT(environment, testing::ElementsAre("A=3", "AB=2", "B=4"));
}

}  // namespace
}  // namespace gantry::oci

#include "oci/platform.hpp"

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

TEST(Platform, TextAndParseAreInverse) {
  for (const char* const text : {"linux/amd64", "linux/arm/v7", "windows/amd64"}) {
    const auto platform = Platform::parse(text);
    ASSERT_TRUE(platform) << text;
    EXPECT_EQ(platform->text(), text);
  }
}

TEST(Platform, RefusesWhatIsNotOne) {
  for (const char* const text : {"", "amd64", "linux/", "/amd64", "linux/a/b/c", "Linux/amd64"}) {
    EXPECT_FALSE(Platform::parse(text)) << text;
  }
  EXPECT_EQ(Platform::parse("amd64").error().what, "'amd64' is not a platform");
}

}  // namespace
}  // namespace gantry::oci

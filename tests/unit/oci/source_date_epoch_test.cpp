#include "oci/source_date_epoch.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

class SourceDateEpoch : public testing::Test {
 protected:
  ~SourceDateEpoch() override { unsetenv("SOURCE_DATE_EPOCH"); }
  static auto with(const char* value) {
    setenv("SOURCE_DATE_EPOCH", value, 1);
    return source_date_epoch();
  }
};

TEST_F(SourceDateEpoch, IsSecondsOrAbsent) {
  EXPECT_EQ(with("1700000000").value(), 1'700'000'000);
  EXPECT_EQ(with("0").value(), 0);
  EXPECT_EQ(with("").value(), std::nullopt);
  unsetenv("SOURCE_DATE_EPOCH");
  EXPECT_EQ(source_date_epoch().value(), std::nullopt);
}

TEST_F(SourceDateEpoch, AnythingElseIsAnError) {
  for (const char* const bad : {"today", "-1", "1.5", " 1", "253402300800"}) {
    const auto result = with(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().where, "SOURCE_DATE_EPOCH");
    EXPECT_EQ(result.error().what, std::string("'") + bad + "' is not a time");
  }
}

}  // namespace
}  // namespace gantry::oci

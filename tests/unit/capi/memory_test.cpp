#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "opened_drive.hpp"

namespace gantry::capi {
namespace {

TEST(Memory, IsSaidIfADeviceWouldTakeTooMuch) {
  auto options = options_of(nullptr);
  options.json = R"({"capacity": "1TiB", "geometry": {"blocks_per_plane": 16777216,
                     "pages_per_block": 16, "mapping_unit": "4KiB", "channels": 1,
                     "chips_per_channel": 8}})";
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &limit), 0);
  const auto before = limit;
  limit.rlim_cur = rlim_t{1} << 30;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  gantry_ssd* drive = nullptr;
  const auto status = gantry_ssd_open(&options, &drive);
  const std::string message = gantry_ssd_message();
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(status, GANTRY_SSD_NO_MEMORY);
  EXPECT_EQ(drive, nullptr);
  EXPECT_THAT(message, testing::HasSubstr("of memory"));
}

}  // namespace
}  // namespace gantry::capi

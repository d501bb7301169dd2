#include "config/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "ssd/memory.hpp"
#include "ssd/precondition.hpp"

namespace gantry::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Description described(const std::string& json) {
  const auto reading = read(json);
  EXPECT_TRUE(reading.description) << (reading.problems.empty() ? "" : reading.problems[0].what);
  return *reading.description;
}

/// Nearly 16 TiB.
Description huge() {
  return described(R"({"name": "huge", "over_provisioning": "7%", "geometry": {"channels": 16,
      "chips_per_channel": 8, "planes_per_die": 4, "blocks_per_plane": 2047,
      "pages_per_block": 1024, "page_size": "16KiB"}})");
}

std::uint64_t resident() {
  const auto statm = base::read_file("/proc/self/statm");
  EXPECT_TRUE(statm);
  return *base::parse_unsigned(base::split(*statm, ' ').at(1)) * 4096;
}

TEST(Memory, SaysHowMuchIsMissingAndWhatIsToBeChanged) {
  const auto result = check_memory(huge(), Filling::kAll, 24'000'000'000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().where, "huge");
  EXPECT_EQ(result.error().what,
            "the device takes 33.8 GB of memory when all of it is written, and 24.0 GB are there");
  EXPECT_EQ(result.error().hint,
            "33.8 GB of it are for the map of its pages: choose a larger /geometry/mapping_unit, "
            "or a smaller device");
  EXPECT_TRUE(check_memory(huge(), Filling::kAll, 40'000'000'000));
  EXPECT_TRUE(check_memory(huge(), Filling::kPart, 100'000'000)) << "a fresh one is small";
}

TEST(Memory, NamesWhatTakesMost) {
  const auto lists = described(R"({"capacity": "8GiB", "geometry": {"channels": 1,
      "chips_per_channel": 1, "blocks_per_plane": 8, "pages_per_block": 65536,
      "mapping_unit": "512B", "page_size": "128KiB"}})");
  const auto of_lists = check_memory(lists, Filling::kPart, 1'000'000);
  ASSERT_FALSE(of_lists);
  EXPECT_THAT(of_lists.error().hint, HasSubstr("lists of blocks by their valid pages: choose a "
                                               "smaller /geometry/pages_per_block"));
  const auto buffer = described(R"({"capacity": "7GiB", "write_buffer": {"size": "1GiB"}})");
  const auto of_buffer = check_memory(buffer, Filling::kPart, 1'000'000);
  ASSERT_FALSE(of_buffer);
  EXPECT_THAT(of_buffer.error().hint, HasSubstr("its write buffer: choose a smaller "
                                                "/write_buffer/size"));
}

// The figure is one to rely on: what a device has really taken is near it.
TEST(Memory, IsAboutWhatADeviceTakes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take more";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "sanitizers take more";
#endif
#endif
  const auto description = described(R"({"capacity": "24GiB", "write_buffer": {"size": "256MiB"},
      "geometry": {"planes_per_die": 4, "blocks_per_plane": 512, "pages_per_block": 64,
      "page_size": "8KiB"}})");
  double expected = 0;
  for (const auto& part : ssd::memory_parts(description.parameters)) {
    expected += static_cast<double>(part.at_once) + static_cast<double>(part.when_full);
  }
  const auto before = resident();
  const auto device = make_device(description, Filling::kAll, 8'000'000'000);
  ASSERT_TRUE(device);
  ssd::fill_in_order(**device);
  const auto taken = static_cast<double>(resident() - before);
  EXPECT_GT(taken, expected * 0.8);
  EXPECT_LT(taken, expected * 1.15);
}

TEST(Memory, ADeviceThatCannotBeMappedIsAnError) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers need all address space";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "sanitizers need all address space";
#endif
#endif
  struct rlimit former {};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &former), 0);
  auto limit = former;
  limit.rlim_cur = 2'000'000'000;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  const auto part = make_device(huge(), Filling::kPart, limit.rlim_cur);
  const auto all = make_device(huge(), Filling::kAll, limit.rlim_cur);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &former), 0);
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().what,
            "the system gives no address space for the device, which would take 33.8 GB of memory "
            "when all of it is written");
  ASSERT_FALSE(all);
  EXPECT_THAT(all.error().what, StartsWith("the device takes 33.8 GB of memory when all of it is "
                                           "written, and "));
}

}  // namespace
}  // namespace gantry::config

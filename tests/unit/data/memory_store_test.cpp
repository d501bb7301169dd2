#include "data/memory_store.hpp"

#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "ssd/random.hpp"

namespace gantry::data {
namespace {

constexpr std::int64_t kMebibyte = 1 << 20;

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

class MemoryStoreTest : public testing::Test {
 protected:
  /// What has come since the last call.
  std::int64_t growth() { return resident_bytes() - std::exchange(before_, resident_bytes()); }

  std::vector<std::byte> page_ = std::vector<std::byte>(Store::kPageBytes);
  ssd::Random random_{1};
  std::int64_t before_ = resident_bytes();
};

TEST_F(MemoryStoreTest, TakesMemoryForWhatIsWrittenAlone) {
  MemoryStore store(std::uint64_t{64} << 20);
  EXPECT_LT(growth(), kMebibyte);
  for (auto& byte : page_) {
    byte = static_cast<std::byte>(random_.next());
  }
  for (std::uint64_t page = 0; page < 8192; ++page) {
    ASSERT_TRUE(store.write(page * Store::kPageBytes, page_));
  }
  const auto full = growth();
  EXPECT_GT(full, 30 * kMebibyte);
  EXPECT_LT(full, 35 * kMebibyte);
  ASSERT_TRUE(store.zero(0, std::uint64_t{64} << 20));
  EXPECT_LT(growth(), -28 * kMebibyte);
}

TEST_F(MemoryStoreTest, PagesOfOnePatternTakeNone) {
  MemoryStore store(std::uint64_t{1} << 30);
  for (std::uint64_t page = 0; page < (std::uint64_t{1} << 18); ++page) {
    const auto pattern = page * 0x9e3779b97f4a7c15;
    for (std::size_t at = 0; at < page_.size(); at += sizeof(pattern)) {
      std::memcpy(page_.data() + at, &pattern, sizeof(pattern));
    }
    ASSERT_TRUE(store.write(page * Store::kPageBytes, page_));
  }
  EXPECT_LT(growth(), 4 * kMebibyte);  // 8 bytes of 4096
  std::vector<std::byte> read(16);
  ASSERT_TRUE(store.read(5 * Store::kPageBytes + 3, read));
  const auto pattern = 5 * std::uint64_t{0x9e3779b97f4a7c15};
  for (std::size_t at = 0; at < read.size(); ++at) {
    EXPECT_EQ(read[at], static_cast<std::byte>(pattern >> ((at + 3) % 8 * 8)));
  }
}

TEST_F(MemoryStoreTest, HasRoomForSixteenTebibytes) {
  constexpr auto kCapacity = std::uint64_t{16} << 40;
  MemoryStore store(kCapacity);
  for (auto& byte : page_) {
    byte = static_cast<std::byte>(random_.next());
  }
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t at = 0; at < 64; ++at) {
    offsets.push_back((kCapacity / 64) * (at + 1) - Store::kPageBytes);
  }
  for (const auto offset : offsets) {
    ASSERT_TRUE(store.write(offset, page_));
  }
  std::vector<std::byte> read(Store::kPageBytes);
  for (const auto offset : offsets) {
    ASSERT_TRUE(store.read(offset, read));
    ASSERT_EQ(read, page_);
  }
  EXPECT_LT(growth(), 72 * kMebibyte);  // the table of regions, in huge pages
  ASSERT_TRUE(store.zero(0, kCapacity));
  ASSERT_TRUE(store.read(offsets.back(), read));
  EXPECT_EQ(read, std::vector<std::byte>(Store::kPageBytes));
}

}  // namespace
}  // namespace gantry::data

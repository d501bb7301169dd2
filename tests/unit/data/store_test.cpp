#include "data/store.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "ssd/random.hpp"

namespace gantry::data {
namespace {

/// Stores of each kind, with an end that is in the middle of a page.
class StoreTest : public testing::TestWithParam<Mode> {
 protected:
  static constexpr std::uint64_t kCapacity = (3U << 20) + 512;

  std::unique_ptr<Store> open_store() {
    auto store = open(GetParam(), kCapacity, directory_.path() / "data");
    EXPECT_TRUE(store) << store.error().what;
    return std::move(*store);
  }

 private:
  base::TempDir directory_ = *base::TempDir::create();
};

std::vector<std::byte> read(const Store& store, std::uint64_t offset, std::uint64_t length) {
  std::vector<std::byte> bytes(length, std::byte{0xa5});
  const auto done = store.read(offset, bytes);
  EXPECT_TRUE(done) << done.error().what;
  return bytes;
}

/// Bytes of one of the kinds that stores treat differently.
std::vector<std::byte> draw(ssd::Random& random, std::uint64_t offset, std::uint64_t length) {
  std::vector<std::byte> bytes(length);
  switch (random.below(4)) {
    case 0:
      break;
    case 1: {
      const auto word = random.next();
      for (std::size_t at = 0; at < length; ++at) {
        bytes[at] = static_cast<std::byte>(word >> ((offset + at) % 8 * 8));
      }
      break;
    }
    default:
      for (auto& byte : bytes) {
        byte = static_cast<std::byte>(random.next());
      }
  }
  return bytes;
}

TEST_P(StoreTest, DoesWhatAVectorDoes) {
  const auto store = open_store();
  std::vector<std::byte> expected(kCapacity);
  const bool keeps = GetParam() != Mode::kTimingOnly;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    ssd::Random random(seed);
    for (int step = 0; step < 800; ++step) {
      // A few pages again and again, their borders, or anywhere.
      const auto unit = std::uint64_t{1} << random.below(13);
      auto offset =
          std::uint64_t{random.below(2) == 0 ? random.below(1U << 16) : random.below(kCapacity)};
      offset -= offset % unit;
      const auto most = random.below(10) == 0 ? kCapacity - offset : std::uint64_t{20'000};
      auto length = std::uint64_t{random.below(static_cast<std::uint32_t>(most) + 1)};
      length = std::min(length - length % unit, kCapacity - offset);
      const auto at = expected.begin() + static_cast<std::ptrdiff_t>(offset);
      const auto draw_of_operation = random.below(100);
      if (draw_of_operation < 50) {
        const auto bytes = draw(random, offset, length);
        ASSERT_TRUE(store->write(offset, bytes));
        if (keeps) {
          std::copy(bytes.begin(), bytes.end(), at);
        }
      } else if (draw_of_operation < 70) {
        ASSERT_TRUE(store->zero(offset, length));
        std::fill_n(at, length, std::byte{0});
      } else if (draw_of_operation < 99) {
        const auto bytes = read(*store, offset, length);
        ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), at))
            << "seed " << seed << ", step " << step << ": " << offset << " + " << length;
      } else {
        ASSERT_TRUE(store->flush());
      }
    }
    ASSERT_EQ(read(*store, 0, kCapacity), expected) << "seed " << seed;
  }
}

TEST_P(StoreTest, IsZeroAtFirst) {
  EXPECT_EQ(read(*open_store(), 0, kCapacity), std::vector<std::byte>(kCapacity));
}

TEST_P(StoreTest, ThreadsThatUseDifferentPagesDoNotDisturbEachOther) {
  const auto store = open_store();
  constexpr std::uint64_t kThreads = 4;
  std::vector<std::thread> threads;
  std::vector<std::string> faults(kThreads);
  for (std::uint64_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      ssd::Random random(thread);
      std::vector<std::byte> bytes(Store::kPageBytes);
      for (int step = 0; step < 2000; ++step) {
        const auto page =
            random.below(kCapacity / Store::kPageBytes / kThreads) * kThreads + thread;
        const auto offset = page * Store::kPageBytes;
        std::fill(bytes.begin(), bytes.end(), std::byte{1});
        bytes[random.below(Store::kPageBytes)] = static_cast<std::byte>(step);
        auto expected = bytes;
        const bool is_trimmed = random.below(3) == 0;
        if (is_trimmed || GetParam() == Mode::kTimingOnly) {
          std::fill(expected.begin(), expected.end(), std::byte{0});
        }
        if (!store->write(offset, bytes) ||
            (is_trimmed && !store->zero(offset, Store::kPageBytes)) ||
            !store->read(offset, bytes) || bytes != expected) {
          faults[thread] = "step " + std::to_string(step);
          return;
        }
      }
    });
  }
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(faults, std::vector<std::string>(kThreads));
}

std::string name_of(const testing::TestParamInfo<Mode>& info) {
  constexpr const char* kNames[] = {"TimingOnly", "Memory", "File"};
  return kNames[static_cast<std::size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Modes, StoreTest,
                         testing::Values(Mode::kTimingOnly, Mode::kMemory, Mode::kFile), name_of);

}  // namespace
}  // namespace gantry::data

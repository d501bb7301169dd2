#include "base/shared_string.hpp"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace gantry::base {
namespace {

static_assert(sizeof(SharedString) == sizeof(void*));

TEST(SharedString, HoldsWhatItWasMadeOf) {
  const std::string text("a\0b", 3);
  const SharedString shared = text;
  EXPECT_EQ(shared, text);
  EXPECT_EQ(shared.size(), 3U);
  EXPECT_EQ(shared.find('b'), 2U);
  EXPECT_EQ(shared.c_str()[3], '\0');
  EXPECT_EQ(SharedString("usr/bin").substr(4), "bin");
  EXPECT_EQ(SharedString("usr/bin").rfind('/'), 3U);
}

TEST(SharedString, EmptyTextNeedsNoMemory) {
  EXPECT_TRUE(SharedString().empty());
  EXPECT_TRUE(SharedString("").empty());
  EXPECT_EQ(SharedString(), "");
  EXPECT_STREQ(SharedString().c_str(), "");
}

TEST(SharedString, CopiesShareTheirBytesAndOutliveEachOther) {
  SharedString copy;
  {
    const SharedString original = std::string(100, 'x');
    copy = original;
    EXPECT_EQ(copy.c_str(), original.c_str());
  }
  EXPECT_EQ(copy, std::string(100, 'x'));
  const auto& itself = copy;
  copy = itself;
  EXPECT_EQ(copy.size(), 100U);
  const SharedString moved = std::move(copy);
  EXPECT_EQ(moved.size(), 100U);
}

TEST(SharedString, EqualTextIsEqualWhereverItLies) {
  EXPECT_EQ(SharedString("abc"), SharedString(std::string("abc")));
  EXPECT_NE(SharedString("abc"), SharedString("abd"));
  EXPECT_NE(SharedString("abc"), SharedString());
}

TEST(SharedString, IsCopiedByManyThreadsAtOnce) {
  const SharedString shared = "text";
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&shared] {
      for (int round = 0; round < 10'000; ++round) {
        const auto copy = shared;
        ASSERT_EQ(copy.size(), 4U);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(shared, "text");
}

}  // namespace
}  // namespace gantry::base

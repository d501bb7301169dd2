#include "ssd/write_buffer.hpp"

#include <gtest/gtest.h>

namespace gantry::ssd {
namespace {

TEST(WriteBuffer, GivesDirtyPagesInTheirOrder) {
  WriteBuffer buffer(4);
  buffer.add(Lpn{7});
  buffer.add(Lpn{3});
  EXPECT_EQ(buffer.dirty(), 2U);
  EXPECT_EQ(buffer.oldest(), Lpn{7});
  const auto first = buffer.take();
  EXPECT_EQ(buffer[first].lpn, Lpn{7});
  EXPECT_EQ(buffer.find(Lpn{7}), first) << "it is still the current one";
  EXPECT_EQ(buffer.dirty(), 1U);
  buffer.release(first);
  EXPECT_EQ(buffer.find(Lpn{7}), WriteBuffer::kNone);
}

TEST(WriteBuffer, HasRoomForSoManyPages) {
  WriteBuffer buffer(2);
  EXPECT_TRUE(buffer.has_room());
  buffer.add(Lpn{1});
  buffer.add(Lpn{2});
  EXPECT_FALSE(buffer.has_room());
  buffer.release(buffer.take());
  EXPECT_TRUE(buffer.has_room());
}

TEST(WriteBuffer, WhatIsDroppedIsNotTaken) {
  WriteBuffer buffer(3);
  buffer.drop(buffer.add(Lpn{1}));
  EXPECT_EQ(buffer.dirty(), 0U);
  buffer.add(Lpn{1});
  buffer.drop(buffer.add(Lpn{2}));
  const auto third = buffer.add(Lpn{3});
  EXPECT_EQ(buffer[buffer.take()].lpn, Lpn{1});
  EXPECT_EQ(buffer.take(), third);
  EXPECT_EQ(buffer.dirty(), 0U);
}

TEST(WriteBuffer, AFlushMeansWhatWasThereBefore) {
  WriteBuffer buffer(4);
  EXPECT_TRUE(buffer.is_clean(buffer.end_epoch()));
  buffer.add(Lpn{1});
  const auto epoch = buffer.end_epoch();
  buffer.add(Lpn{2});
  EXPECT_FALSE(buffer.is_clean(epoch));
  const auto first = buffer.take();
  EXPECT_FALSE(buffer.is_clean(epoch)) << "it is not in flash yet";
  buffer.release(first);
  EXPECT_TRUE(buffer.is_clean(epoch)) << "page 2 came later";
  EXPECT_FALSE(buffer.is_clean(buffer.end_epoch()));
}

TEST(WriteBuffer, AFlushDoesNotWaitForWhatWasDroppedBehindAllElse) {
  WriteBuffer buffer(2);
  buffer.add(Lpn{1});
  buffer.drop(buffer.add(Lpn{2}));
  const auto epoch = buffer.end_epoch();
  buffer.release(buffer.take());
  EXPECT_TRUE(buffer.is_clean(epoch));
  buffer.add(Lpn{3});
  EXPECT_TRUE(buffer.has_room());
}

}  // namespace
}  // namespace gantry::ssd

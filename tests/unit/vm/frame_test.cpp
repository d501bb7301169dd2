#include "vm/frame.hpp"

#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

using namespace std::string_literals;

std::string message_of(const std::string& bytes) {
  const auto frame = Frame::parse_ppm(bytes, "screen.ppm");
  return frame ? "accepted" : frame.error().where + ": " + frame.error().what;
}

/// Black, but for the pixels that are named.
Frame frame_of(unsigned width, unsigned height,
               const std::vector<std::pair<unsigned, unsigned>>& white) {
  auto text = "P6\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n";
  std::string pixels(std::size_t{3} * width * height, '\0');
  for (const auto& [x, y] : white) {
    pixels.replace(3 * (std::size_t{y} * width + x), 3, "\xff\xff\xff");
  }
  return *Frame::parse_ppm(text + pixels, "");
}

TEST(Frame, ReadsWhatQemuWrites) {
  // As "screendump" of QEMU 7.2 begins.
  const auto frame = Frame::parse_ppm("P6\n2 1\n255\n\x01\x02\x03\xff\x80\x00"s, "screen.ppm");
  ASSERT_TRUE(frame) << frame.error().what;
  EXPECT_EQ(frame->width(), 2U);
  EXPECT_EQ(frame->height(), 1U);
  EXPECT_EQ(frame->pixel(0, 0), 0x010203U);
  EXPECT_EQ(frame->pixel(1, 0), 0xff8000U);
}

TEST(Frame, ReadsWhatTheFormatAllows) {
  // netpbm's documentation: blanks of any kind, comments, one blank before the pixels, which may
  // look like one.
  const auto frame =
      Frame::parse_ppm("P6 # by hand\n# size\n1\t2\r\n 255\n\n\n\n\x20\x20\x20"s, "screen.ppm");
  ASSERT_TRUE(frame) << frame.error().what;
  EXPECT_EQ(frame->pixel(0, 0), 0x0a0a0aU);
  EXPECT_EQ(frame->pixel(0, 1), 0x202020U);
}

TEST(Frame, RefusesWhatIsNoScreen) {
  EXPECT_EQ(message_of(""), "screen.ppm: this is no portable pixmap: it does not begin with P6");
  EXPECT_EQ(message_of("P5\n1 1\n255\n\x01"),
            "screen.ppm: this is no portable pixmap: it does not begin with P6");
  for (const char* size : {"0 5", "5 0", "-1 5", "x 5", "99999999999999999999 1",
                           "4294967296 4294967296", "33554433 1", "8192 8192", "# 1 1", ""}) {
    EXPECT_EQ(message_of("P6\n"s + size + "\n255\n\x01"),
              "screen.ppm: the pixmap has no size that a screen has")
        << size;
  }
  EXPECT_EQ(message_of("P6\n1 1\n65535\n\x01\x01\x01\x01\x01\x01"),
            "screen.ppm: the pixmap has not 8 bits a colour");
  EXPECT_EQ(message_of("P6\n2 2\n255\n\x01\x01\x01"),
            "screen.ppm: the pixmap has 3 bytes of pixels instead of 12 (2x2)");
  EXPECT_EQ(message_of("P6\n1 1\n255\n\x01\x01\x01\x01"),
            "screen.ppm: the pixmap has 4 bytes of pixels instead of 3 (1x1)");
}

TEST(Frame, IsBlankOrNot) {
  EXPECT_TRUE(frame_of(10, 10, {}).is_blank());
  EXPECT_TRUE(frame_of(1, 1, {{0, 0}}).is_blank());
  EXPECT_FALSE(frame_of(10, 10, {{0, 0}}).is_blank());
  EXPECT_FALSE(frame_of(10, 10, {{9, 9}}).is_blank());
}

TEST(Frame, DiffersByTheShareOfItsPixels) {
  const auto black = frame_of(10, 10, {});
  EXPECT_EQ(black.difference(black), 0);
  EXPECT_DOUBLE_EQ(black.difference(frame_of(10, 10, {{0, 0}, {9, 9}})), 0.02);
  EXPECT_EQ(black.difference(frame_of(5, 20, {})), 1);
}

TEST(Frame, DoesNotDifferWhereItIsNotLookedAt) {
  const auto black = frame_of(10, 10, {});
  const auto other = frame_of(10, 10, {{0, 0}, {9, 9}});
  const std::vector<Area> corner{{9, 9, 1, 1}};
  EXPECT_DOUBLE_EQ(black.difference(other, corner), 1.0 / 99);
  const std::vector<Area> both{{0, 0, 1, 1}, {5, 5, 4000000000U, 4000000000U}};
  EXPECT_EQ(black.difference(other, both), 0);
  const std::vector<Area> all{{0, 0, 10, 10}};
  EXPECT_EQ(black.difference(other, all), 0);
  const std::vector<Area> outside{{4000000000U, 0, 4000000000U, 10}};
  EXPECT_DOUBLE_EQ(black.difference(other, outside), 0.02);
}

}  // namespace
}  // namespace gantry::vm

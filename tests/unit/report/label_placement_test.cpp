#include "report/label_placement.hpp"

#include <gtest/gtest.h>

namespace gantry::report {
namespace {

std::vector<Point> diagonal(double shift) {
  std::vector<Point> line;
  for (int at = 0; at <= 50; ++at) {
    line.push_back({shift + 2.0 * at, 100.0 - 2.0 * at});
  }
  return line;
}

TEST(LabelPlacement, NamesDoNotOverlapLinesOrEachOther) {
  const std::vector<std::vector<Point>> lines = {diagonal(20), diagonal(60), diagonal(110)};
  LabelPlacement placement({0, 0, 300, 100}, lines);
  std::vector<Box> boxes;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const auto box = placement.beside(at, 25, 10);
    EXPECT_GE(box.left, 0);
    EXPECT_LE(box.right, 300);
    EXPECT_GE(box.top, 0);
    EXPECT_LE(box.bottom, 100);
    for (const auto& other : boxes) {
      EXPECT_FALSE(box.overlaps(other));
    }
    for (const auto& line : lines) {
      for (const auto& point : line) {
        EXPECT_FALSE(box.overlaps({point.x, point.y, point.x, point.y}));
      }
    }
    boxes.push_back(box);
  }
}

TEST(LabelPlacement, OfASinglePointIsBesideIt) {
  const std::vector<std::vector<Point>> lines = {{{50, 50}}};
  LabelPlacement placement({0, 0, 100, 100}, lines);
  const auto box = placement.beside(0, 20, 10);
  EXPECT_EQ(box.left, 55);
}

}  // namespace
}  // namespace gantry::report

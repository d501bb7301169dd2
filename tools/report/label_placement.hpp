#pragma once

#include <cstddef>
#include <vector>

#include "report/chart.hpp"

namespace gantry::report {

/// A rectangle of a drawing, whose y goes down.
struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;

  bool overlaps(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

/// Finds room for names beside lines.
class LabelPlacement {
 public:
  /// lines must outlive it.
  LabelPlacement(const Box& frame, const std::vector<std::vector<Point>>& lines)
      : frame_(frame), lines_(&lines) {}

  /// A box of that size beside a line, right or left of it: the one that covers the least of lines
  /// and of boxes that were given before.
  Box beside(std::size_t line, double width, double height);

 private:
  double cost_of(const Box& box) const;

  Box frame_;
  const std::vector<std::vector<Point>>* lines_;
  std::vector<Box> taken_;
};

}  // namespace gantry::report

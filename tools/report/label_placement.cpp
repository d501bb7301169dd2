#include "report/label_placement.hpp"

#include <algorithm>

namespace gantry::report {

namespace {

constexpr double kGap = 5;
constexpr std::size_t kPlaces = 24;  // along a line

/// Whether the straight way from a to b enters a box: told by rectangles around short pieces of it.
bool crosses(const Point& a, const Point& b, const Box& box) {
  constexpr int kPieces = 8;
  for (int piece = 0; piece < kPieces; ++piece) {
    const auto at = [&](int end) {
      const auto share = static_cast<double>(end) / kPieces;
      return Point{a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share};
    };
    const auto from = at(piece);
    const auto to = at(piece + 1);
    if (box.overlaps({std::min(from.x, to.x) - 1, std::min(from.y, to.y) - 1,
                      std::max(from.x, to.x) + 1, std::max(from.y, to.y) + 1})) {
      return true;
    }
  }
  return false;
}

}  // namespace

double LabelPlacement::cost_of(const Box& box) const {
  double cost = 0;
  for (const auto& line : *lines_) {
    for (std::size_t at = 1; at < line.size(); ++at) {
      cost += crosses(line[at - 1], line[at], box) ? 1 : 0;
    }
  }
  for (const auto& other : taken_) {
    cost += box.overlaps(other) ? 1000 : 0;
  }
  const bool is_inside = box.left >= frame_.left && box.right <= frame_.right &&
                         box.top >= frame_.top && box.bottom <= frame_.bottom;
  return is_inside ? cost : cost + 10'000;
}

Box LabelPlacement::beside(std::size_t line, double width, double height) {
  const auto& points = (*lines_)[line];
  Box best;
  double least = -1;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    // From the middle of the line outwards.
    const auto step = (place + 1) / 2 * (points.size() - 1) / kPlaces;
    const auto middle = points.size() / 2;
    const auto at = place % 2 == 0 ? middle + std::min(step, points.size() - 1 - middle)
                                   : middle - std::min(step, middle);
    const auto& point = points[at];
    for (const bool is_right : {true, false}) {
      const auto left = is_right ? point.x + kGap : point.x - kGap - width;
      for (const auto shift : {-0.5, 0.1, -1.1}) {
        const Box box{left, point.y + shift * height, left + width, point.y + (shift + 1) * height};
        const auto cost = cost_of(box) + static_cast<double>(place) * 0.01;
        if (least < 0 || cost < least) {
          least = cost;
          best = box;
        }
      }
    }
  }
  taken_.push_back(best);
  return best;
}

}  // namespace gantry::report

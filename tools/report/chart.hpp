#pragma once

#include <string>
#include <vector>

#include "report/markup.hpp"
#include "report/scale.hpp"

namespace gantry::report {

/// A place in a chart, in the units of its axes.
struct Point {
  double x = 0;
  double y = 0;
};

/// A line with its name beside it.
struct Line {
  std::string name;
  std::vector<Point> points;  ///< ascending in x
  bool steps = false;         ///< goes right, then up
  std::size_t colour = 0;     ///< of eight, from 0
};

struct Tick {
  double value = 0;
  std::string text;
};

/// An axis from the least to the most of its scale.
struct Axis {
  Scale::Kind kind = Scale::Kind::kLinear;
  double least = 0;
  double most = 1;
  std::vector<Tick> ticks;
  std::string label;
};

/// An axis of amounts from 0, whose ticks are short: "20k".
Axis amount_axis(double most, std::string label);
/// A logarithmic one of nanoseconds, which holds both with little to spare: "100 µs".
Axis time_axis(double least, double most, std::string label);
/// Of shares of so many commands: "99.9 %".
Axis share_axis(double commands, std::string label);
/// Of time that goes by, from 0 to so many nanoseconds.
Axis elapsed_axis(double nanos);

/// A place with a number beside it.
struct NumberedPoint {
  Point place;
  std::size_t number = 0;
};

/// A chart as an <svg> of its own. Text has 11 units, so that a chart is drawn at about its size.
struct Chart {
  std::string title;        ///< for those who do not see it
  std::string description;  ///< what is to be seen
  double width = 360;
  double height = 200;
  Axis x;
  Axis y;
  std::vector<Line> lines;
  /// Names stand at the ends of the lines; otherwise beside them, where there is room.
  bool names_at_end = true;
  std::vector<Point> dots;              ///< small, without names
  std::vector<NumberedPoint> numbered;  ///< larger
};

void draw(Markup& markup, const Chart& chart);

/// A coordinate with at most one decimal.
std::string coordinate(double value);

/// About how wide a text of 11 units is.
double text_width(std::string_view text);

/// A text that is cut where it would be wider, with "…" for the rest.
std::string fitted(std::string_view text, double width);

/// Opens an <svg role="img"> with its title and description.
Markup::Element open_drawing(Markup& markup, double width, double height, const std::string& title,
                             const std::string& description);

}  // namespace gantry::report

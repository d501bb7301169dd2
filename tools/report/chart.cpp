#include "report/chart.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "report/label_placement.hpp"

namespace gantry::report {

namespace {

constexpr double kTop = 24;
constexpr double kBottom = 34;
constexpr double kRight = 14;
constexpr double kLineHeight = 12;
constexpr std::size_t kColours = 8;
constexpr double kWidestName = 0.4;  // of the chart

/// Where things are drawn: the scales, from the chart's size and the room that texts need.
struct Frame {
  double left;
  double right;
  double bottom;
  Scale x;
  Scale y;
};

Frame frame_of(const Chart& chart) {
  double ticks = 0;
  for (const auto& tick : chart.y.ticks) {
    ticks = std::max(ticks, text_width(tick.text));
  }
  double names = 0;
  if (chart.names_at_end) {
    for (const auto& line : chart.lines) {
      names = std::max(names, line.name.empty() ? 0 : text_width(line.name) + 6);
    }
  }
  const auto left = ticks + 8;
  const auto right = chart.width - std::max(kRight, names);
  const auto bottom = chart.height - kBottom;
  return {left,
          right,
          bottom,
          {chart.x.kind, chart.x.least, chart.x.most, left, right},
          {chart.y.kind, chart.y.least, chart.y.most, bottom, kTop}};
}

void draw_axes(Markup& markup, const Chart& chart, const Frame& frame) {
  const auto axes = markup.element("g", {{"class", "axis"}});
  auto lowest = 1e9;
  for (const auto& tick : chart.y.ticks) {
    const auto y = frame.y(tick.value);
    const auto at = coordinate(y);
    markup.empty(
        "path",
        {{"d", fmt::format("M{},{}H{}", coordinate(frame.left), at, coordinate(frame.right))}});
    if (y <= lowest) {
      markup.leaf("text", tick.text,
                  {{"x", coordinate(frame.left - 6)}, {"y", at}, {"dy", "0.35em"}, {"class", "e"}});
      lowest = y - kLineHeight;
    }
  }
  auto free = -1e9;
  for (const auto& tick : chart.x.ticks) {
    const auto at = frame.x(tick.value);
    const auto half = text_width(tick.text) / 2;
    markup.empty("path",
                 {{"d", fmt::format("M{},{}v4", coordinate(at), coordinate(frame.bottom))}});
    // The last one may reach the edge, and none may touch another.
    const auto middle = std::min(at, chart.width - half);
    if (middle - half >= free) {
      markup.leaf(
          "text", tick.text,
          {{"x", coordinate(middle)}, {"y", coordinate(frame.bottom + 16)}, {"class", "m"}});
      free = middle + half + 6;
    }
  }
  markup.leaf("text", chart.y.label, {{"x", "0"}, {"y", "11"}, {"class", "l"}});
  markup.leaf(
      "text", chart.x.label,
      {{"x", coordinate(frame.right)}, {"y", coordinate(chart.height - 4)}, {"class", "l e"}});
}

/// Corners of a line, those left out that could not be told from the one before.
std::vector<Point> positions_of(const Line& line, const Frame& frame) {
  std::vector<Point> positions;
  for (const auto& point : line.points) {
    const Point next{frame.x(point.x), frame.y(point.y)};
    if (positions.empty() || std::abs(next.x - positions.back().x) >= 0.4 ||
        std::abs(next.y - positions.back().y) >= 0.4 || &point == &line.points.back()) {
      if (line.steps && !positions.empty()) {
        positions.push_back({next.x, positions.back().y});
      }
      positions.push_back(next);
    }
  }
  return positions;
}

void draw_line(Markup& markup, const std::vector<Point>& positions, std::size_t colour) {
  if (positions.empty()) {
    return;
  }
  if (positions.size() == 1) {
    markup.empty("circle", {{"class", fmt::format("f{}", colour % kColours)},
                            {"cx", coordinate(positions[0].x)},
                            {"cy", coordinate(positions[0].y)},
                            {"r", "2.5"}});
    return;
  }
  auto path = fmt::format("M{},{}", coordinate(positions[0].x), coordinate(positions[0].y));
  for (std::size_t at = 1; at < positions.size(); ++at) {
    const auto x = coordinate(positions[at].x);
    const auto y = coordinate(positions[at].y);
    const auto& before = positions[at - 1];
    path += before.y == positions[at].y   ? "H" + x
            : before.x == positions[at].x ? "V" + y
                                          : fmt::format("L{},{}", x, y);
  }
  markup.empty("path", {{"class", fmt::format("line s{}", colour % kColours)}, {"d", path}});
}

/// Names at the right, apart from each other where the lines end close together.
void draw_end_names(Markup& markup, const Chart& chart, const Frame& frame,
                    const std::vector<std::vector<Point>>& lines) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (!lines[at].empty() && !chart.lines[at].name.empty()) {
      order.emplace_back(lines[at].back().y, at);
    }
  }
  std::sort(order.begin(), order.end());
  auto lowest = frame.bottom - kLineHeight * (static_cast<double>(order.size()) - 1);
  auto free = kTop;
  for (const auto& [y, at] : order) {
    const auto place = std::min(std::max(y, free), std::max(lowest, free));
    markup.leaf("text", chart.lines[at].name,
                {{"class", fmt::format("name f{}", chart.lines[at].colour % kColours)},
                 {"x", coordinate(frame.right + 5)},
                 {"y", coordinate(place)},
                 {"dy", "0.35em"}});
    free = place + kLineHeight;
    lowest += kLineHeight;
  }
}

void draw_names(Markup& markup, const Chart& chart, const Frame& frame,
                const std::vector<std::vector<Point>>& lines) {
  if (chart.names_at_end) {
    draw_end_names(markup, chart, frame, lines);
    return;
  }
  LabelPlacement placement({frame.left, kTop, frame.right, frame.bottom}, lines);
  for (std::size_t at = 0; at < lines.size(); ++at) {
    if (lines[at].empty() || chart.lines[at].name.empty()) {
      continue;
    }
    const auto box = placement.beside(at, text_width(chart.lines[at].name), kLineHeight);
    markup.leaf("text", chart.lines[at].name,
                {{"class", fmt::format("name f{}", chart.lines[at].colour % kColours)},
                 {"x", coordinate(box.left)},
                 {"y", coordinate(box.bottom - 3)}});
  }
}

/// Beside its point, at one of four places that no other number has; or not at all, since the table
/// has them in their order.
void draw_number(Markup& markup, const std::string& text, const Point& at, const Frame& frame,
                 std::vector<Box>& taken) {
  const auto width = text_width(text);
  for (const double below : {-4.0, 12.0}) {
    for (const bool is_right : {true, false}) {
      const auto left = is_right ? at.x + 7 : at.x - 7 - width;
      const auto base = at.y + below;
      const Box box{left - 1, base - kLineHeight, left + width + 1, base + 2};
      const bool is_inside = box.left >= frame.left && box.right <= frame.right + kRight &&
                             box.top >= kTop - kLineHeight;
      if (is_inside && std::none_of(taken.begin(), taken.end(),
                                    [&](const Box& other) { return box.overlaps(other); })) {
        markup.leaf("text", text,
                    {{"class", "name f0"}, {"x", coordinate(left)}, {"y", coordinate(base)}});
        taken.push_back(box);
        return;
      }
    }
  }
}

void draw_dots(Markup& markup, const Chart& chart, const Frame& frame) {
  for (const auto& dot : chart.dots) {
    markup.empty("circle", {{"class", "dot"},
                            {"cx", coordinate(frame.x(dot.x))},
                            {"cy", coordinate(frame.y(dot.y))},
                            {"r", "2.5"}});
  }
  std::vector<Box> taken;
  for (const auto& [place, number] : chart.numbered) {
    const auto x = frame.x(place.x);
    const auto y = frame.y(place.y);
    markup.empty("circle",
                 {{"class", "best"}, {"cx", coordinate(x)}, {"cy", coordinate(y)}, {"r", "4"}});
    draw_number(markup, std::to_string(number), {x, y}, frame, taken);
  }
}

}  // namespace

std::string coordinate(double value) {
  auto text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) {
    text.resize(text.size() - 2);
  }
  return text == "-0" ? "0" : text;
}

double text_width(std::string_view text) {
  constexpr std::string_view kNarrow = " .,:;'il|!()[]/";
  constexpr std::string_view kWide = "%mwMWOGQ@";
  double width = 0;
  for (const char c : text) {
    const bool is_first_byte = (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    width += !is_first_byte                              ? 0
             : kNarrow.find(c) != std::string_view::npos ? 4
             : kWide.find(c) != std::string_view::npos   ? 10
                                                         : 7;
  }
  return width;
}

std::string fitted(std::string_view text, double width) {
  if (text_width(text) <= width) {
    return std::string(text);
  }
  constexpr std::string_view kRest = "…";
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    characters.push_back(base::first_character(text).bytes);
    text.remove_prefix(characters.back().size());
  }
  // What tells names apart is at their ends more often than in their middle.
  std::string head;
  std::string tail;
  auto room = width - text_width(kRest);
  for (std::size_t at = 0; at < characters.size(); ++at) {
    const auto next = at % 2 == 0 ? characters[at / 2] : characters[characters.size() - 1 - at / 2];
    room -= text_width(next);
    if (room < 0) {
      break;
    }
    at % 2 == 0 ? head += next : tail.insert(0, next);
  }
  return head + std::string(kRest) + tail;
}

Markup::Element open_drawing(Markup& markup, double width, double height, const std::string& title,
                             const std::string& description) {
  const auto id = markup.next_id();
  const auto title_id = fmt::format("t{}", id);
  const auto description_id = fmt::format("d{}", id);
  auto svg = markup.element(
      "svg", {{"viewBox", fmt::format("0 0 {} {}", coordinate(width), coordinate(height))},
              {"role", "img"},
              {"aria-labelledby", title_id},
              {"aria-describedby", description_id}});
  markup.leaf("title", title, {{"id", title_id}});
  markup.leaf("desc", description, {{"id", description_id}});
  return svg;
}

void draw(Markup& markup, const Chart& whole) {
  auto chart = whole;
  for (auto& line : chart.lines) {
    line.name = fitted(line.name, chart.width * kWidestName);
  }
  const auto frame = frame_of(chart);
  const auto svg = open_drawing(markup, chart.width, chart.height, chart.title, chart.description);
  draw_axes(markup, chart, frame);
  std::vector<std::vector<Point>> lines;
  for (const auto& line : chart.lines) {
    lines.push_back(positions_of(line, frame));
    draw_line(markup, lines.back(), line.colour);
  }
  draw_dots(markup, chart, frame);
  draw_names(markup, chart, frame, lines);
}

}  // namespace gantry::report

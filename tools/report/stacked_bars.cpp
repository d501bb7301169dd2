#include "report/stacked_bars.hpp"

#include <fmt/format.h>

#include "report/chart.hpp"
#include "report/quantity.hpp"

namespace gantry::report {

namespace {

constexpr double kRow = 50;
constexpr double kTop = 18;
constexpr double kHeight = 22;

std::string description_of(const std::vector<Bar>& bars) {
  std::string text;
  for (const auto& bar : bars) {
    text += text.empty() ? "" : "; ";
    text += bar.name + bar.mean + ":";
    for (std::size_t at = 0; at < kParts.size(); ++at) {
      if (bar.shares[at] > 0) {
        text += fmt::format(" {} {}", kParts[at], text_of(bar.shares[at], Unit::kShare));
      }
    }
  }
  return text;
}

/// The longest text that fits into a part: its name and share, its share, or nothing.
std::string fitting(std::string_view name, double share, double room) {
  const auto percent = fmt::format("{:.0f} %", share * 100);
  const auto both = fmt::format("{} {}", name, percent);
  return text_width(both) + 8 <= room ? both : text_width(percent) + 8 <= room ? percent : "";
}

void draw_bar(Markup& markup, const Bar& bar, double top, double width) {
  markup.leaf("text", fitted(bar.name, width - text_width(bar.mean)) + bar.mean,
              {{"class", "name"}, {"x", "0"}, {"y", coordinate(top + 12)}});
  double left = 0;
  for (std::size_t at = 0; at < kParts.size(); ++at) {
    const auto room = bar.shares[at] * width;
    if (room < 0.05) {
      continue;
    }
    markup.empty("rect", {{"class", fmt::format("part f{}", at)},
                          {"x", coordinate(left)},
                          {"y", coordinate(top + kTop)},
                          {"width", coordinate(room)},
                          {"height", coordinate(kHeight)}});
    if (const auto text = fitting(kParts[at], bar.shares[at], room); !text.empty()) {
      markup.leaf("text", text,
                  {{"class", "on"},
                   {"x", coordinate(left + 5)},
                   {"y", coordinate(top + kTop + kHeight / 2)},
                   {"dy", "0.35em"}});
    }
    left += room;
  }
}

}  // namespace

void draw_bars(Markup& markup, const std::string& title, const std::vector<Bar>& bars,
               double width) {
  const auto svg = open_drawing(markup, width, kRow * static_cast<double>(bars.size()), title,
                                description_of(bars));
  for (std::size_t at = 0; at < bars.size(); ++at) {
    draw_bar(markup, bars[at], kRow * static_cast<double>(at), width);
  }
}

}  // namespace gantry::report

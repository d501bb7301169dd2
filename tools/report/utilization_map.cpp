#include "report/utilization_map.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "report/chart.hpp"
#include "report/quantity.hpp"

namespace gantry::report {

namespace {

constexpr std::size_t kMostColumns = 64;
constexpr std::size_t kMostRows = 32;
constexpr std::size_t kShades = 10;
constexpr double kLeft = 48;
constexpr double kTop = 18;
constexpr double kBusGap = 5;

/// A mean that more can be added to.
struct Mean {
  double sum = 0;
  double count = 0;
  double value() const { return count == 0 ? 0 : sum / count; }
};

struct Grid {
  std::size_t channels_each = 1;  ///< channels that share a column
  std::size_t dies_each = 1;      ///< dies of a channel that share a row
  std::vector<Mean> buses;
  std::vector<std::vector<Mean>> rows;
};

std::size_t quotient_up(std::size_t whole, std::size_t part) {
  return (whole + part - 1) / part;
}

Grid grid_of(const DeviceReport& report) {
  const auto channels = std::max<std::size_t>(report.channels.size(), 1);
  const auto dies = quotient_up(report.dies.size(), channels);
  Grid grid;
  grid.channels_each = quotient_up(channels, kMostColumns);
  grid.dies_each = std::max<std::size_t>(quotient_up(dies, kMostRows), 1);
  grid.buses.resize(quotient_up(channels, grid.channels_each));
  grid.rows.assign(quotient_up(dies, grid.dies_each), std::vector<Mean>(grid.buses.size()));
  const auto add = [](Mean& mean, double share) {
    mean.sum += std::min(share, 1.0);  // as spread_of() has it
    mean.count += 1;
  };
  for (std::size_t at = 0; at < report.channels.size(); ++at) {
    add(grid.buses[at / grid.channels_each], report.channels[at]);
  }
  for (std::size_t at = 0; at < report.dies.size(); ++at) {
    const auto row = at / channels / grid.dies_each;
    add(grid.rows[row][at % channels / grid.channels_each], report.dies[at]);
  }
  return grid;
}

struct Cell {
  double left;
  double top;
  double width;
  double height;
};

void draw_cell(Markup& markup, const Cell& cell, const Mean& mean) {
  if (mean.count == 0) {
    return;
  }
  const auto share = mean.value();
  const auto shade = std::min(static_cast<std::size_t>(share * kShades), kShades - 1);
  markup.empty("rect", {{"class", fmt::format("h{}", shade)},
                        {"x", coordinate(cell.left)},
                        {"y", coordinate(cell.top)},
                        {"width", coordinate(cell.width - 1.5)},
                        {"height", coordinate(cell.height - 1.5)}});
  const auto text = fmt::format("{:.0f}", share * 100);
  if (cell.width >= text_width(text) + 4) {
    markup.leaf("text", text,
                {{"class", fmt::format("m k{}", shade)},
                 {"x", coordinate(cell.left + (cell.width - 1.5) / 2)},
                 {"y", coordinate(cell.top + (cell.height - 1.5) / 2)},
                 {"dy", "0.35em"}});
  }
}

/// Every so many rows or columns get a number.
std::size_t label_step(double size, double room) {
  std::size_t step = 1;
  while (size * static_cast<double>(step) < room) {
    step *= 2;
  }
  return step;
}

void draw_labels(Markup& markup, const Grid& grid, const Cell& first) {
  const auto label = [&](const std::string& text, double x, double y, const char* type) {
    markup.leaf("text", text,
                {{"class", type}, {"x", coordinate(x)}, {"y", coordinate(y)}, {"dy", "0.35em"}});
  };
  label("channel", 0, 7, "l");
  const auto columns = label_step(first.width, 20);
  for (std::size_t at = 0; at < grid.buses.size(); at += columns) {
    label(std::to_string(at * grid.channels_each),
          first.left + first.width * (static_cast<double>(at) + 0.5), 7, "l m");
  }
  label("bus", 0, first.top + first.height / 2 - 1, "l");
  const auto rows = label_step(first.height, 13);
  for (std::size_t at = 0; at < grid.rows.size(); at += rows) {
    label(fmt::format("{}{}", at == 0 ? "die " : "", at * grid.dies_each), at == 0 ? 0 : 22,
          first.top + kBusGap + first.height * (static_cast<double>(at) + 1.5) - 1, "l");
  }
}

}  // namespace

void draw_utilization(Markup& markup, const DeviceReport& report, double width) {
  const auto grid = grid_of(report);
  const auto columns = static_cast<double>(grid.buses.size());
  const Cell first{kLeft, kTop, (width - kLeft) / columns, grid.rows.size() > 12 ? 14.0 : 20.0};
  const auto height = kTop + first.height * (static_cast<double>(grid.rows.size()) + 1) + kBusGap;
  const auto svg = open_drawing(
      markup, width, height, "Utilisation of channels and dies",
      fmt::format(
          "{} dies on {} channels; each cell says how many per cent of the time it was busy",
          report.dies.size(), report.channels.size()));
  draw_labels(markup, grid, first);
  for (std::size_t column = 0; column < grid.buses.size(); ++column) {
    auto cell = first;
    cell.left += first.width * static_cast<double>(column);
    draw_cell(markup, cell, grid.buses[column]);
    cell.top += kBusGap;
    for (const auto& row : grid.rows) {
      cell.top += first.height;
      draw_cell(markup, cell, row[column]);
    }
  }
}

}  // namespace gantry::report

#include "report/sweep_grid.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gantry::report {

namespace {

constexpr std::size_t kMostValues = 16;

/// The values of an axis in the order in which they come.
std::vector<std::string> values_of(const Sweep& sweep, std::size_t axis) {
  std::vector<std::string> values;
  for (const auto& point : sweep.points) {
    const auto& value = point.settings[axis].second;
    if (values.size() <= kMostValues &&
        std::find(values.begin(), values.end(), value) == values.end()) {
      values.push_back(value);
    }
  }
  return values;
}

template <class CellOf>
Table grid(const Sweep& sweep, const std::string& caption, const std::vector<std::string>& down,
           const std::vector<std::string>& across, CellOf cell_of) {
  const auto& axes = sweep.points[0].settings;
  Table table{
      fmt::format("{} by {} (down) and {} (across).", caption, axes[0].first, axes[1].first),
      {axes[0].first},
      {}};
  table.head.insert(table.head.end(), across.begin(), across.end());
  for (const auto& value : down) {
    std::vector<Cell> row{plain(value)};
    row.resize(across.size() + 1, numeric("–"));
    for (std::size_t at = 0; at < sweep.points.size(); ++at) {
      const auto& point = sweep.points[at];
      if (point.settings[0].second == value) {
        const auto column = std::find(across.begin(), across.end(), point.settings[1].second);
        row[static_cast<std::size_t>(column - across.begin()) + 1] =
            cell_of(fmt::format("/points/{}", at), point);
      }
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

void write_grids(Page& page, const Sweep& sweep) {
  if (sweep.points[0].settings.size() != 2) {
    return;
  }
  const auto down = values_of(sweep, 0);
  const auto across = values_of(sweep, 1);
  if (down.size() > kMostValues || across.size() > kMostValues) {
    return;
  }
  const auto section = page.section("Grid");
  const auto box = page.columns("multiples");
  page.table(
      grid(sweep, "IOPS", down, across, [](const std::string& prefix, const SweepPoint& point) {
        return figure_cell(prefix + "/report/iops", point.report.iops, Scaling{1, 0, ""});
      }));
  double least = 1e300;
  double longest = 0;
  bool is_written = false;
  for (const auto& point : sweep.points) {
    const auto tail = point.report.slowest("99").value_or(0);
    least = std::min(least, tail);
    longest = std::max(longest, tail);
    is_written = is_written || point.report.flash.host_pages > 0;
  }
  const auto time = time_scaling(least, longest);
  page.table(grid(sweep, fmt::format("p99 in {}", time.unit), down, across,
                  [&](const std::string& prefix, const SweepPoint& point) {
                    const auto tail = point.report.slowest("99");
                    return tail ? figure_cell(prefix + "/derived/p99_ns", *tail, time)
                                : numeric("–");
                  }));
  if (is_written) {
    page.table(grid(sweep, "Write amplification", down, across,
                    [](const std::string& prefix, const SweepPoint& point) {
                      return amplification_cell(prefix, point.report);
                    }));
  }
}

}  // namespace gantry::report

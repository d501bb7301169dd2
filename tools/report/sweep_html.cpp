#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "report/html.hpp"
#include "report/page.hpp"
#include "report/run_sections.hpp"
#include "report/summary_json.hpp"
#include "report/sweep_grid.hpp"

namespace gantry::report {

namespace {

constexpr std::size_t kMostLines = 8;    // colours
constexpr std::size_t kMostRows = 1000;  // of the table of all points

double tail_of(const SweepPoint& point) {
  return point.report.slowest("99").value_or(0);
}

/// Points in the columns of a table; numbers, if there are, stand first.
Table points_table(const Sweep& sweep, const std::vector<std::size_t>& points, std::string caption,
                   bool is_numbered) {
  double longest = 0;
  double least = 1e300;
  for (const auto at : points) {
    longest = std::max(longest, tail_of(sweep.points[at]));
    least = std::min(least, sweep.points[at].analysis.mean_latency);
  }
  const auto time = time_scaling(least, longest);
  Table table{std::move(caption), {}, {}};
  if (is_numbered) {
    table.head.emplace_back("number");
  }
  for (const auto& [name, value] : sweep.points[0].settings) {
    table.head.push_back(name);
  }
  for (const auto& name :
       {std::string("IOPS"), std::string("MB/s"), fmt::format("mean, {}", time.unit),
        fmt::format("p99, {}", time.unit), std::string("WAF"), std::string("dies busy"),
        std::string("limited by")}) {
    table.head.push_back(name);
  }
  for (const auto at : points) {
    const auto& point = sweep.points[at];
    const auto prefix = fmt::format("/points/{}", at);
    std::vector<Cell> row;
    if (is_numbered) {
      row.push_back(numeric(std::to_string(table.rows.size() + 1)));
    }
    for (const auto& [name, value] : point.settings) {
      row.push_back(numeric(value));
    }
    row.push_back(figure_cell(prefix + "/report/iops", point.report.iops, Scaling{1, 0, ""}));
    row.push_back(figure_cell(prefix + "/report/bytes_per_second", point.report.bytes_per_second,
                              Scaling{1e6, 1, ""}));
    row.push_back(
        figure_cell(prefix + "/derived/mean_latency_ns", point.analysis.mean_latency, time));
    row.push_back(point.report.slowest("99")
                      ? figure_cell(prefix + "/derived/p99_ns", tail_of(point), time)
                      : numeric("–"));
    row.push_back(amplification_cell(prefix, point.report));
    row.push_back(
        figure_cell(prefix + "/derived/dies/mean", point.analysis.dies.mean, Unit::kShare));
    row.push_back(plain(point.finding.limit));
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// All points, and those of the front with their numbers and a line.
void write_scatter(Page& page, const Sweep& sweep, const std::vector<std::size_t>& front,
                   const std::string& caption, const Axis& y, double (*y_of)(const SweepPoint&)) {
  Chart chart;
  chart.title = caption;
  chart.description = fmt::format("{} points, of which {} are numbered; they are in the tables",
                                  sweep.points.size(), front.size());
  double most = 0;
  for (const auto& point : sweep.points) {
    most = std::max(most, point.report.iops);
    if (y_of(point) > 0) {
      chart.dots.push_back({point.report.iops, y_of(point)});
    }
  }
  chart.x = amount_axis(most, "IOPS");
  chart.y = y;
  Line line{"", {}, false, 0};
  for (std::size_t number = 1; number <= front.size(); ++number) {
    const auto& point = sweep.points[front[number - 1]];
    if (y_of(point) > 0) {
      chart.numbered.push_back({{point.report.iops, y_of(point)}, number});
      line.points.push_back(chart.numbered.back().place);
    }
  }
  chart.lines.push_back(std::move(line));
  page.figure_of_width(caption, [&](double width) {
    chart.width = width;
    chart.height = 120 + width * 0.38;
    draw(page.markup(), chart);
  });
}

void write_scatters(Page& page, const Sweep& sweep, const std::vector<std::size_t>& front) {
  double least = 0;
  double longest = 0;
  double amplification = 0;
  for (const auto& point : sweep.points) {
    const auto tail = tail_of(point);
    least = least == 0 || (tail > 0 && tail < least) ? tail : least;
    longest = std::max(longest, tail);
    amplification = std::max(amplification, point.report.write_amplification);
  }
  write_scatter(page, sweep, front, "p99 against IOPS; the line is the Pareto front.",
                time_axis(least, longest, "p99 latency"), tail_of);
  if (amplification > 0) {
    write_scatter(page, sweep, front,
                  "Write amplification against IOPS; the line joins the same points.",
                  amount_axis(amplification, "WAF"),
                  [](const SweepPoint& point) { return point.report.write_amplification; });
  }
}

void write_distributions(Page& page, const Sweep& sweep, const std::vector<std::size_t>& front) {
  for (const std::string kind : {"read", "write"}) {
    std::vector<Line> lines;
    double commands = 0;
    for (std::size_t number = 0; number < front.size() && number < kMostLines; ++number) {
      for (const auto& operation : sweep.points[front[number]].report.operations) {
        if (operation.name == kind) {
          lines.push_back(distribution_line(std::to_string(number + 1), operation.latency, number));
          commands = std::max(commands, static_cast<double>(operation.commands));
        }
      }
    }
    if (!lines.empty()) {
      write_distribution(
          page,
          fmt::format("Latency of {} commands at the numbered points{}.", kind,
                      front.size() > kMostLines ? fmt::format(" 1 to {}", kMostLines) : ""),
          lines, commands);
    }
  }
}

/// Says of settings that are varied that they are, in place of the value that they had before.
void mark_varied(std::vector<Setting>& settings, const std::string& group,
                 const std::vector<Setting>& varied) {
  for (auto& [key, value] : settings) {
    auto name = group + key;
    std::replace(name.begin(), name.end(), ' ', '/');
    for (const auto& [axis, ignored] : varied) {
      if (axis == name) {
        value = "varied";
      }
    }
  }
}

void write_unvaried(Page& page, const Sweep& sweep) {
  auto description = sweep.description;
  auto workload = sweep.workload;
  const auto& varied = sweep.points[0].settings;
  for (auto& group : description) {
    mark_varied(group.settings, group.name.empty() ? "/" : "/" + group.name + "/", varied);
  }
  mark_varied(workload, "", varied);
  write_configuration(page, description, workload, "");
}

}  // namespace

std::string to_html(const Sweep& sweep) {
  const auto front = best_points(sweep);
  Page page("Sweep of a drive", sweep.title,
            fmt::format("{}: {} point{}", sweep.device, sweep.points.size(),
                        sweep.points.size() == 1 ? "" : "s"));
  {
    const auto section = page.section("The best points");
    page.paragraph(sentence_of(sweep, front), "finding");
    if (!front.empty()) {
      {
        const auto box = page.columns("pair");
        write_scatters(page, sweep, front);
        write_distributions(page, sweep, front);
      }
      page.table(points_table(
          sweep, front, "The numbered points. p99 is that of the slowest kind of commands.", true));
    }
  }
  write_grids(page, sweep);
  {
    const auto section = page.section("All points");
    std::vector<std::size_t> all(std::min(sweep.points.size(), kMostRows));
    std::iota(all.begin(), all.end(), std::size_t{0});
    const auto more = sweep.points.size() - all.size();
    page.table(points_table(
        sweep, all,
        more == 0 ? "Every point."
                  : fmt::format("The first {} points; {} more are in the sweep's JSON.", all.size(),
                                more),
        false));
  }
  write_unvaried(page, sweep);
  if (!sweep.command.empty()) {
    const auto section = page.section("Reproduction");
    page.paragraph("The same command gives the same figures, on every machine.");
    page.command(sweep.command);
  }
  return std::move(page).finish(summary_json(sweep), sweep.version);
}

}  // namespace gantry::report

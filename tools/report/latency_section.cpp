#include <algorithm>

#include <fmt/format.h>

#include "report/run_sections.hpp"

namespace gantry::report {

namespace {

Table percentile_table(const Run& run, const std::string& prefix) {
  const auto& operations = run.device.report.operations;
  double least = operations[0].latency.mean;
  double most = 0;
  for (const auto& operation : operations) {
    least = std::min(least, operation.latency.mean);
    most = std::max(most, operation.latency.most);
  }
  const auto scaling = time_scaling(least, most);
  Table table{fmt::format("Latency in {}: each percentile is the time within which that share of "
                          "the commands was done.",
                          scaling.unit),
              {"share"},
              {}};
  const auto row = [&](const std::string& name, const std::string& key, const auto& value_of) {
    std::vector<Cell> cells{plain(name)};
    for (const auto& operation : operations) {
      const auto at =
          fmt::format("{}/report/opcodes/{}/latency_ns/{}", prefix, operation.name, key);
      const std::optional<double> value = value_of(operation.latency);
      cells.push_back(value ? figure_cell(at, *value, scaling) : numeric("–"));
    }
    table.rows.push_back(std::move(cells));
  };
  for (const auto& operation : operations) {
    table.head.push_back(operation.name);
  }
  row("mean", "mean", [](const Latency& latency) { return latency.mean; });
  row("least", "min", [](const Latency& latency) { return latency.least; });
  for (const auto& percentile : operations[0].latency.percentiles) {
    row(percentile.name + " %", "percentiles/" + percentile.name,
        [&](const Latency& latency) { return latency.percentile(percentile.name); });
  }
  row("most", "max", [](const Latency& latency) { return latency.most; });
  return table;
}

Table rates_table(const Run& run, const std::string& prefix) {
  const auto& report = run.device.report;
  const auto scaling = bandwidth_scaling(report.bytes_per_second);
  Table table{"Commands by kind.",
              {"kind", "commands", "IOPS", fmt::format("bandwidth, {}", scaling.unit)},
              {}};
  for (std::size_t at = 0; at < report.operations.size(); ++at) {
    const auto& operation = report.operations[at];
    const auto& rates = run.analysis.operations[at];
    const auto derived = fmt::format("{}/derived/opcodes/{}/", prefix, operation.name);
    table.rows.push_back(
        {plain(operation.name),
         figure_cell(fmt::format("{}/report/opcodes/{}/commands", prefix, operation.name),
                     static_cast<double>(operation.commands), Unit::kCount),
         figure_cell(derived + "iops", rates.iops, Scaling{1, 1, ""}),
         figure_cell(derived + "bytes_per_second", rates.bytes_per_second, scaling)});
  }
  return table;
}

}  // namespace

Line distribution_line(const std::string& name, const Latency& latency, std::size_t colour) {
  Line line{name, {}, !latency.buckets.empty(), colour};
  for (const auto& point : curve_of(latency)) {
    line.points.push_back({point.nanos, point.share});
  }
  return line;
}

void write_distribution(Page& page, const std::string& caption, const std::vector<Line>& lines,
                        double commands) {
  double least = 0;
  double most = 0;
  for (const auto& line : lines) {
    if (!line.points.empty()) {
      least = least == 0 ? line.points.front().x : std::min(least, line.points.front().x);
      most = std::max(most, line.points.back().x);
    }
  }
  Chart chart;
  chart.title = caption;
  chart.description = fmt::format(
      "Cumulative distribution, logarithmic in latency, from {} to {}; the vertical axis spreads "
      "the slowest commands. The percentiles are in the table.",
      text_of(least, Unit::kNanos), text_of(most, Unit::kNanos));
  chart.x = time_axis(least, most, "latency");
  chart.y = share_axis(commands, "share of commands that were done");
  chart.lines = lines;
  chart.names_at_end = false;
  page.figure_of_width(caption, [&](double width) {
    chart.width = width;
    chart.height = 120 + width * 0.38;
    draw(page.markup(), chart);
  });
}

void write_latency(Page& page, const Run& run, const std::string& prefix) {
  const auto& operations = run.device.report.operations;
  if (operations.empty()) {
    return;
  }
  const auto section = page.section("Latency");
  const auto box = page.columns("pair");
  std::vector<Line> lines;
  double commands = 0;
  bool is_exact = true;
  for (const auto& operation : operations) {
    if (operation.latency.most <= 0) {
      continue;  // it takes no time, and has no place on a logarithmic axis
    }
    const auto colour = static_cast<std::size_t>(&operation - operations.data());
    lines.push_back(distribution_line(operation.name, operation.latency, colour));
    commands = std::max(commands, static_cast<double>(operation.commands));
    is_exact = is_exact && !operation.latency.buckets.empty();
  }
  if (!lines.empty()) {
    write_distribution(
        page,
        fmt::format("Distribution of latency{}. Both axes are stretched: time is logarithmic, and "
                    "every nine takes as much room as the one before.",
                    is_exact ? "" : ", drawn through its percentiles"),
        lines, commands);
  }
  const auto right = page.columns("stack");
  page.table(percentile_table(run, prefix));
  page.table(rates_table(run, prefix));
}

}  // namespace gantry::report

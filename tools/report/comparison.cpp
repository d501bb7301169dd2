#include "report/comparison.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "report/page.hpp"
#include "report/run_sections.hpp"
#include "report/stacked_bars.hpp"
#include "report/summary_json.hpp"

namespace gantry::report {

namespace {

constexpr std::size_t kMostLines = 8;  // colours

/// "+12.3 %" against the first run, "×16.5" where that is more telling, a dash if there is nothing
/// to compare to.
Cell change(double value, double base, bool is_first) {
  if (is_first || base <= 0) {
    return numeric(is_first ? "first" : "–");
  }
  const auto factor = value / base;
  return numeric(factor >= 10  ? "×" + fixed(factor, 1)
                 : factor >= 1 ? fmt::format("+{:.1f} %", (factor - 1) * 100)
                               : fmt::format("−{:.1f} %", (1 - factor) * 100));
}

Table overview(const std::vector<Run>& runs) {
  double longest = 0;
  double fastest = 0;
  double least = runs[0].analysis.mean_latency;
  for (const auto& run : runs) {
    longest = std::max(longest, run.device.report.slowest("99").value_or(0));
    fastest = std::max(fastest, run.device.report.bytes_per_second);
    least = std::min(least, run.analysis.mean_latency);
  }
  const auto time = time_scaling(least, longest);
  const auto bandwidth = bandwidth_scaling(fastest);
  Table table{
      "The runs; changes are against the first. p99 is that of the slowest kind of commands.",
      {"run", "IOPS", "change", std::string(bandwidth.unit), fmt::format("mean, {}", time.unit),
       "change", fmt::format("p99, {}", time.unit), "change", "WAF", "dies busy", "limited by"},
      {}};
  const auto& first = runs[0];
  for (std::size_t at = 0; at < runs.size(); ++at) {
    const auto& run = runs[at];
    const auto& report = run.device.report;
    const auto prefix = fmt::format("/runs/{}", at);
    const auto tail = report.slowest("99").value_or(0);
    table.rows.push_back(
        {plain(run.name), figure_cell(prefix + "/report/iops", report.iops, Scaling{1, 0, ""}),
         change(report.iops, first.device.report.iops, at == 0),
         figure_cell(prefix + "/report/bytes_per_second", report.bytes_per_second, bandwidth),
         figure_cell(prefix + "/derived/mean_latency_ns", run.analysis.mean_latency, time),
         change(run.analysis.mean_latency, first.analysis.mean_latency, at == 0),
         report.slowest("99") ? figure_cell(prefix + "/derived/p99_ns", tail, time) : numeric("–"),
         change(tail, first.device.report.slowest("99").value_or(0), at == 0),
         amplification_cell(prefix, report),
         figure_cell(prefix + "/derived/dies/mean", run.analysis.dies.mean, Unit::kShare),
         plain(run.finding.limit)});
  }
  return table;
}

/// The runs' lines of one kind of commands, as many as there are colours.
void write_distributions(Page& page, const std::vector<Run>& runs, const std::string& kind) {
  std::vector<Line> lines;
  double commands = 0;
  for (std::size_t at = 0; at < std::min(runs.size(), kMostLines); ++at) {
    for (const auto& operation : runs[at].device.report.operations) {
      if (operation.name == kind && operation.latency.most > 0) {
        lines.push_back(distribution_line(runs[at].name, operation.latency, at));
        commands = std::max(commands, static_cast<double>(operation.commands));
      }
    }
  }
  if (!lines.empty()) {
    write_distribution(
        page,
        fmt::format(
            "Latency of {} commands{}.", kind,
            runs.size() > kMostLines ? fmt::format(" of the first {} runs", kMostLines) : ""),
        lines, commands);
  }
}

void write_limits(Page& page, const std::vector<Run>& runs) {
  const auto section = page.section("What limits each");
  const auto list = page.markup().element("dl", {{"class", "limits"}});
  for (const auto& run : runs) {
    page.markup().leaf("dt", run.name);
    page.markup().leaf("dd", run.finding.sentence);
  }
}

void write_attribution(Page& page, const std::vector<Run>& runs) {
  std::vector<Bar> bars;
  for (const auto& run : runs) {
    bars.push_back({run.name,
                    fmt::format(", mean {}", text_of(run.analysis.mean_latency, Unit::kNanos)),
                    run.analysis.shares});
  }
  const auto section = page.section("Where the time goes");
  const auto box = page.columns("pair");
  page.figure_of_width("What the mean latency of all commands is made of.", [&](double width) {
    draw_bars(page.markup(), "Attribution of latency by run", bars, width);
  });
  Table table{"Shares of the commands' time.", {"run"}, {}};
  for (const auto part : kParts) {
    table.head.emplace_back(part);
  }
  for (std::size_t at = 0; at < runs.size(); ++at) {
    std::vector<Cell> row{plain(runs[at].name)};
    for (std::size_t part = 0; part < kParts.size(); ++part) {
      row.push_back(figure_cell(fmt::format("/runs/{}/derived/shares/{}", at, kParts[part]),
                                runs[at].analysis.shares[part], Unit::kShare));
    }
    table.rows.push_back(std::move(row));
  }
  page.table(table);
}

}  // namespace

std::string comparison_html(const RunDocument& document) {
  const auto& runs = document.runs;
  Page page("Comparison of drives", document.title,
            fmt::format("{} runs; the first, {}, is what the others are compared to", runs.size(),
                        runs[0].name));
  {
    const auto section = page.section("Side by side");
    page.table(overview(runs));
  }
  write_limits(page, runs);
  {
    const auto section = page.section("Latency");
    const auto box = page.columns("pair");
    for (const auto* kind : {"read", "write", "trim", "flush"}) {
      write_distributions(page, runs, kind);
    }
  }
  write_over_time(page, runs);
  write_attribution(page, runs);
  if (std::any_of(runs.begin(), runs.end(), [](const Run& run) { return !run.command.empty(); })) {
    const auto section = page.section("Reproduction");
    for (const auto& run : runs) {
      if (!run.command.empty()) {
        page.markup().leaf("h3", run.name);
        page.command(run.command);
      }
    }
  }
  return std::move(page).finish(summary_json(document), runs[0].device.version);
}

}  // namespace gantry::report

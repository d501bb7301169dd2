#include "report/run_sections.hpp"

#include <numeric>

#include <fmt/format.h>

#include "report/stacked_bars.hpp"
#include "report/utilization_map.hpp"

namespace gantry::report {

namespace {

/// What each part of a command's time is.
constexpr std::array kMeanings = {"until the controller takes it up, and its work",
                                  "for room in the write buffer, and its access",
                                  "for the channel, and on it",
                                  "for the die, and in its array",
                                  "while garbage collection has the die",
                                  "for the link to the host, and on it"};

/// Those whose commands took time.
std::vector<Operation> timed_operations(const DeviceReport& report) {
  auto operations = report.operations;
  std::erase_if(operations, [](const Operation& operation) {
    return std::accumulate(operation.parts.begin(), operation.parts.end(), 0.0) <= 0;
  });
  return operations;
}

Table parts_table(const Run& run, const std::string& prefix) {
  Table table{"Shares of the commands' time.", {"part", "all"}, {}};
  const auto operations = timed_operations(run.device.report);
  for (const auto& operation : operations) {
    table.head.push_back(operation.name);
  }
  table.head.emplace_back("what it is");
  for (std::size_t part = 0; part < kParts.size(); ++part) {
    std::vector<Cell> row{plain(std::string(kParts[part])),
                          figure_cell(fmt::format("{}/derived/shares/{}", prefix, kParts[part]),
                                      run.analysis.shares[part], Unit::kShare)};
    for (const auto& operation : operations) {
      row.push_back(figure_cell(
          fmt::format("{}/derived/opcodes/{}/shares/{}", prefix, operation.name, kParts[part]),
          shares_of(operation.parts)[part], Unit::kShare));
    }
    row.push_back(plain(kMeanings[part]));
    row.front().colour = static_cast<int>(part);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table busy_table(const Run& run, const std::string& prefix) {
  Table table{"Share of the time that parts were busy.", {"part", "least", "mean", "most"}, {}};
  const auto row = [&](const char* name, const Spread& spread) {
    const auto at = fmt::format("{}/derived/{}/", prefix, name);
    table.rows.push_back({plain(name), figure_cell(at + "least", spread.least, Unit::kShare),
                          figure_cell(at + "mean", spread.mean, Unit::kShare),
                          figure_cell(at + "most", spread.most, Unit::kShare)});
  };
  row("dies", run.analysis.dies);
  row("channels", run.analysis.channels);
  table.rows.push_back({plain("link, busier direction"), numeric(""),
                        figure_cell(prefix + "/derived/link", run.analysis.link, Unit::kShare),
                        numeric("")});
  return table;
}

void write_attribution(Page& page, const Run& run, const std::string& prefix) {
  std::vector<Bar> bars;
  for (const auto& operation : timed_operations(run.device.report)) {
    bars.push_back({operation.name,
                    fmt::format(", mean {}", text_of(operation.latency.mean, Unit::kNanos)),
                    shares_of(operation.parts)});
  }
  if (bars.empty()) {
    page.paragraph(run.device.attribution ? "No command took any time."
                                          : "The description has attribution off: what commands "
                                            "waited for is not known.");
    return;
  }
  page.figure_of_width("What the mean latency is made of.", [&](double width) {
    draw_bars(page.markup(), "Attribution of latency", bars, width);
  });
  page.table(parts_table(run, prefix));
}

}  // namespace

void write_finding(Page& page, const Run& run, const std::string& prefix) {
  const auto& report = run.device.report;
  const auto section = page.section("What limits this drive");
  page.paragraph(run.finding.sentence, "finding");
  std::vector<std::pair<std::string, Cell>> figures = {
      {"commands in a second", figure_cell(prefix + "/report/iops", report.iops, Unit::kIops)},
      {"bandwidth", figure_cell(prefix + "/report/bytes_per_second", report.bytes_per_second,
                                Unit::kBytesPerSecond)},
      {"mean latency",
       figure_cell(prefix + "/derived/mean_latency_ns", run.analysis.mean_latency, Unit::kNanos)}};
  if (const auto tail = report.slowest("99")) {
    figures.emplace_back(report.operations.size() > 1 ? "p99 of the slowest kind" : "p99",
                         figure_cell(prefix + "/derived/p99_ns", *tail, Unit::kNanos));
  }
  if (report.flash.host_pages > 0) {
    figures.emplace_back("write amplification",
                         figure_cell(prefix + "/report/write_amplification",
                                     report.write_amplification, Unit::kFactor));
  }
  if (report.picojoules) {
    figures.emplace_back("energy of flash", figure_cell(prefix + "/report/energy_pj/total",
                                                        *report.picojoules, Unit::kPicojoules));
  }
  page.key_figures(figures);
  if (report.interrupted) {
    page.paragraph("The run was interrupted: this is what was measured until then.", "note");
  } else if (report.steady.known && !report.steady.steady && report.flash.host_pages > 0) {
    page.paragraph("The drive was not in a steady state: its figures change with time.", "note");
  }
}

void write_time_spent(Page& page, const Run& run, const std::string& prefix) {
  const auto& report = run.device.report;
  if (report.operations.empty() || report.dies.empty()) {
    return;
  }
  const auto section = page.section("Where the time goes");
  const auto box = page.columns("pair");
  {
    const auto left = page.columns("stack");
    write_attribution(page, run, prefix);
  }
  const auto right = page.columns("stack");
  page.figure_of_width("How busy each channel and die was, in per cent of the time.",
                       [&](double width) { draw_utilization(page.markup(), report, width); });
  page.table(busy_table(run, prefix));
}

void write_collection(Page& page, const Run& run, const std::string& prefix) {
  const auto& report = run.device.report;
  const auto& flash = report.flash;
  const auto section = page.section("Garbage collection and wear");
  const auto box = page.columns("pair");
  const auto count = [&](const char* name, const std::string& key, std::uint64_t value) {
    return std::vector<Cell>{plain(name), figure_cell(prefix + "/report/" + key,
                                                      static_cast<double>(value), Unit::kCount)};
  };
  Table work{"What flash has done.", {"work", "number"}, {}};
  work.rows = {
      count("reads for the host", "flash/reads", flash.reads),
      count("reads of garbage collection", "flash/collection_reads", flash.collection_reads),
      count("programs", "flash/programs", flash.programs),
      count("erases of blocks", "flash/erases", flash.erases),
      count("pages written by the host", "flash/host_pages", flash.host_pages),
      count("pages moved by garbage collection", "flash/moved_pages", flash.moved_pages),
      count("suspended programs and erases", "flash/suspends", flash.suspends)};
  page.table(work);
  Table wear{"Wear: erases since the drive was made.", {"of", "erases"}, {}};
  wear.rows = {count("all blocks together", "wear/erases", report.wear.erases),
               count("block with the fewest", "wear/least", report.wear.least),
               {plain("mean of a block"), figure_cell(prefix + "/derived/mean_erases",
                                                      run.analysis.mean_erases, Unit::kFactor)},
               count("block with the most", "wear/most", report.wear.most),
               count("blocks", "wear/blocks", report.wear.blocks)};
  page.table(wear);
}

}  // namespace gantry::report

#include <algorithm>

#include <fmt/format.h>

#include "report/run_sections.hpp"

namespace gantry::report {

namespace {

/// Its distributions beside each other, as many as there are colours.
void write_fio_distribution(Page& page, const FioRun& fio) {
  constexpr std::size_t kMostLines = 8;
  std::vector<Line> lines;
  double commands = 0;
  for (const auto& job : fio.jobs) {
    for (const auto& direction : job.directions) {
      if (lines.size() < kMostLines && direction.completion.most > 0) {
        lines.push_back(distribution_line(
            fio.jobs.size() > 1 ? fmt::format("{} {}", job.name, direction.name) : direction.name,
            direction.completion, lines.size()));
        commands = std::max(commands, static_cast<double>(direction.commands));
      }
    }
  }
  if (!lines.empty()) {
    write_distribution(page, "Distribution of fio's completion latency.", lines, commands);
  }
}

}  // namespace

void write_fio(Page& page, const Run& run, const std::string& prefix) {
  if (!run.fio || run.fio->jobs.empty()) {
    return;
  }
  const auto section = page.section("As fio saw it");
  Table table{fmt::format("What {} reports: completion latency (clat) in µs.", run.fio->version),
              {"job", "kind", "commands", "IOPS", "MB/s", "mean", "p50", "p99", "p99.9", "longest"},
              {}};
  const Scaling micros{1e3, 2, "µs"};
  for (const auto& job : run.fio->jobs) {
    for (const auto& direction : job.directions) {
      const auto at = fmt::format("{}/fio/jobs/{}/{}/", prefix, job.number, direction.name);
      const auto& latency = direction.completion;
      std::vector<Cell> row = {
          plain(job.name),
          plain(direction.name),
          figure_cell(at + "total_ios", static_cast<double>(direction.commands), Unit::kCount),
          figure_cell(at + "iops", direction.iops, Scaling{1, 1, ""}),
          figure_cell(at + "bw_bytes", direction.bytes_per_second, Scaling{1e6, 1, ""}),
          figure_cell(at + "clat_ns/mean", latency.mean, micros)};
      for (const auto* name : {"50.000000", "99.000000", "99.900000"}) {
        const auto nanos = latency.percentile(name);
        row.push_back(nanos ? figure_cell(at + "clat_ns/percentile/" + name, *nanos, micros)
                            : numeric("–"));
      }
      row.push_back(figure_cell(at + "clat_ns/max", latency.most, micros));
      table.rows.push_back(std::move(row));
    }
  }
  page.table(table);
  const auto box = page.columns("pair spaced");
  write_fio_distribution(page, *run.fio);
}

void write_delivery(Page& page, const Run& run, const std::string& prefix) {
  if (!run.device.delivery) {
    return;
  }
  const auto& delivery = *run.device.delivery;
  const auto at = prefix + "/delivery/";
  const auto row = [&](const char* name, const char* key, double value, Unit unit) {
    return std::vector<Cell>{plain(name), figure_cell(at + key, value, unit)};
  };
  const auto section = page.section("Delivery in real time");
  page.paragraph(fmt::format(
      "{} of {} completions came later than the drive's time says, by more than {}: {}",
      grouped(delivery.late), grouped(delivery.delivered),
      text_of(delivery.tolerance, Unit::kNanos),
      delivery.late == 0
          ? "the host saw the simulated drive."
          : "what the host measured of those is this machine's time, not the drive's."));
  page.table({"How late completions came.",
              {"completions", "figure"},
              {row("delivered", "delivered", static_cast<double>(delivery.delivered), Unit::kCount),
               row("late", "late", static_cast<double>(delivery.late), Unit::kCount),
               row("tolerance", "tolerance_ns", delivery.tolerance, Unit::kNanos),
               row("mean lateness", "mean_lateness_ns", delivery.mean_lateness, Unit::kNanos),
               row("worst lateness", "worst_lateness_ns", delivery.worst_lateness, Unit::kNanos)}});
}

}  // namespace gantry::report

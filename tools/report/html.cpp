#include "report/html.hpp"

#include <fmt/format.h>

#include "report/comparison.hpp"
#include "report/page.hpp"
#include "report/run_sections.hpp"
#include "report/summary_json.hpp"

namespace gantry::report {

namespace {

/// "ref-a, 2.000 s of simulated time after 450 ms of warming up".
std::string subtitle_of(const Run& run) {
  const auto& report = run.device.report;
  return fmt::format(
      "{}: {} command{} in {} of simulated time{}", run.device.device, grouped(report.commands),
      report.commands == 1 ? "" : "s", text_of(static_cast<double>(report.time), Unit::kNanos),
      report.begin > 0 ? fmt::format(", after {} of warming up",
                                     text_of(static_cast<double>(report.begin), Unit::kNanos))
                       : "");
}

std::string one_run(const RunDocument& document) {
  const auto& run = document.runs[0];
  const std::string prefix = "/runs/0";
  Page page("Drive report", document.title, subtitle_of(run));
  write_finding(page, run, prefix);
  write_latency(page, run, prefix);
  write_over_time(page, run);
  write_time_spent(page, run, prefix);
  write_collection(page, run, prefix);
  write_fio(page, run, prefix);
  write_delivery(page, run, prefix);
  write_configuration(page, run.device.description, run.device.workload, run.device.digest);
  if (!run.command.empty()) {
    const auto section = page.section("Reproduction");
    page.paragraph("The same command gives the same figures, on every machine.");
    page.command(run.command);
  }
  return std::move(page).finish(summary_json(document), run.device.version);
}

}  // namespace

std::string to_html(const RunDocument& document) {
  return document.runs.size() == 1 ? one_run(document) : comparison_html(document);
}

}  // namespace gantry::report

#include "report/markdown.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "report/quantity.hpp"

namespace gantry::report {

namespace {

std::string percentile_text(const Latency& latency, std::string_view name) {
  const auto nanos = latency.percentile(name);
  return nanos ? text_of(*nanos, Unit::kNanos) : "";
}

std::string amplification_text(const DeviceReport& report) {
  return report.flash.host_pages == 0 ? "none" : text_of(report.write_amplification, Unit::kFactor);
}

/// A fenced block that nothing in the text can end.
std::string code_block(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fmt::format("\n{}sh\n{}\n{}\n", fence, base::printable(text), fence);
}

std::string one_run(const Run& run) {
  const auto& report = run.device.report;
  std::string text =
      "\n| | commands | IOPS | bandwidth | mean | p50 | p99 | p99.9 | max |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  for (std::size_t at = 0; at < report.operations.size(); ++at) {
    const auto& operation = report.operations[at];
    const auto& latency = operation.latency;
    text += fmt::format(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", escape_markdown(operation.name),
        grouped(operation.commands), fixed(run.analysis.operations[at].iops, 0),
        text_of(run.analysis.operations[at].bytes_per_second, Unit::kBytesPerSecond),
        text_of(latency.mean, Unit::kNanos), percentile_text(latency, "50"),
        percentile_text(latency, "99"), percentile_text(latency, "99.9"),
        text_of(latency.most, Unit::kNanos));
  }
  return text +
         fmt::format("\nWrite amplification {}; dies {} busy, channels {}; {} of simulated time.\n",
                     amplification_text(report), text_of(run.analysis.dies.mean, Unit::kShare),
                     text_of(run.analysis.channels.mean, Unit::kShare),
                     text_of(static_cast<double>(report.time), Unit::kNanos));
}

/// "+12.3 %"; nothing for the first run, or if there is nothing to compare to.
std::string change(double value, double base, bool is_first) {
  return is_first || base <= 0 ? "" : fmt::format(" ({:+.1f} %)", (value / base - 1) * 100);
}

std::string several_runs(const std::vector<Run>& runs) {
  std::string text =
      "\n| | IOPS | bandwidth | mean | p99 | write amplification | limited by |\n"
      "|---|--:|--:|--:|--:|--:|---|\n";
  const auto& first = runs.front();
  for (const auto& run : runs) {
    const auto& report = run.device.report;
    const bool is_first = &run == &first;
    const auto tail = report.slowest("99").value_or(0);
    text +=
        fmt::format("| {} | {}{} | {} | {}{} | {}{} | {} | {} |\n", escape_markdown(run.name),
                    fixed(report.iops, 0), change(report.iops, first.device.report.iops, is_first),
                    text_of(report.bytes_per_second, Unit::kBytesPerSecond),
                    text_of(run.analysis.mean_latency, Unit::kNanos),
                    change(run.analysis.mean_latency, first.analysis.mean_latency, is_first),
                    report.slowest("99") ? text_of(tail, Unit::kNanos) : "none",
                    change(tail, first.device.report.slowest("99").value_or(0), is_first),
                    amplification_text(report), run.finding.limit);
  }
  return text;
}

}  // namespace

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : base::printable(text)) {
    if (std::string_view("\\`*_{}[]()#+-.!|~").find(c) != std::string_view::npos) {
      out += '\\';
      out += c;
    } else if (c == '<' || c == '>' || c == '&') {
      out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string to_markdown(const RunDocument& document) {
  std::string text = fmt::format("### {}\n", escape_markdown(document.title));
  if (document.runs.size() == 1) {
    text +=
        fmt::format("\n**{}**\n", document.runs[0].finding.sentence) + one_run(document.runs[0]);
  } else {
    text += several_runs(document.runs);
  }
  for (const auto& run : document.runs) {
    text += run.command.empty() ? "" : code_block(run.command);
  }
  return text;
}

std::string to_markdown(const Sweep& sweep) {
  const auto front = best_points(sweep);
  auto text =
      fmt::format("### {}\n\n{}\n", escape_markdown(sweep.title), sentence_of(sweep, front));
  if (front.empty()) {
    return text + (sweep.command.empty() ? "" : code_block(sweep.command));
  }
  text += "\n|";
  std::string border = "|";
  for (const auto& [name, value] : sweep.points.front().settings) {
    text += fmt::format(" {} |", escape_markdown(name));
    border += "---|";
  }
  text += fmt::format(
      " IOPS | mean | p99 | write amplification | limited by |\n{}--:|--:|--:|--:|---|\n", border);
  for (const auto at : front) {
    const auto& point = sweep.points[at];
    text += "|";
    for (const auto& [name, value] : point.settings) {
      text += fmt::format(" {} |", escape_markdown(value));
    }
    text += fmt::format(" {} | {} | {} | {} | {} |\n", fixed(point.report.iops, 0),
                        text_of(point.analysis.mean_latency, Unit::kNanos),
                        text_of(point.report.slowest("99").value_or(0), Unit::kNanos),
                        amplification_text(point.report), point.finding.limit);
  }
  return text + (sweep.command.empty() ? "" : code_block(sweep.command));
}

}  // namespace gantry::report

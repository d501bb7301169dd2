#include <algorithm>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "workload/report_output.hpp"

namespace gantry::workload {

namespace {

std::string time_text(ssd::Nanos time) {
  const auto nanos = static_cast<double>(time.count());
  if (nanos < 1e3) {
    return fmt::format("{} ns", time.count());
  }
  if (nanos < 1e6) {
    return fmt::format("{:.2f} us", nanos / 1e3);
  }
  return nanos < 1e9 ? fmt::format("{:.2f} ms", nanos / 1e6) : fmt::format("{:.3f} s", nanos / 1e9);
}

std::string rate_text(double bytes_per_second) {
  return bytes_per_second < 1e9 ? fmt::format("{:.1f} MB/s", bytes_per_second / 1e6)
                                : fmt::format("{:.2f} GB/s", bytes_per_second / 1e9);
}

double share(ssd::Nanos part, ssd::Nanos whole) {
  return whole <= ssd::Nanos{0}
             ? 0
             : static_cast<double>(part.count()) * 100 / static_cast<double>(whole.count());
}

std::string parts_text(const ssd::Latency& parts) {
  std::string text;
  const auto add = [&](const char* name, ssd::Nanos part) {
    if (part > ssd::Nanos{0}) {
      text +=
          fmt::format("{}{} {:.1f} %", text.empty() ? "" : ", ", name, share(part, parts.total()));
    }
  };
  add("queue", parts.queue);
  add("buffer", parts.buffer);
  add("channel", parts.channel);
  add("die", parts.die);
  add("collection", parts.collection);
  add("link", parts.link);
  return text.empty() ? "none" : text;
}

std::string opcodes_text(const Report& report) {
  auto text = fmt::format("{:<12}{:>12}{:>14}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "latency",
                          "commands", "bandwidth", "mean", "p50", "p99", "p99.9", "max");
  for (std::size_t at = 0; at < kOpcodes; ++at) {
    const auto opcode = static_cast<ssd::Opcode>(at);
    const auto& of = report.of(opcode);
    if (of.commands == 0) {
      continue;
    }
    const auto seconds = static_cast<double>(report.time().count()) / 1e9;
    const auto bytes = static_cast<double>(of.pages) * report.mapping_bytes;
    text += fmt::format("  {:<10}{:>12}{:>14}{:>12}{:>12}{:>12}{:>12}{:>12}\n", name_of(opcode),
                        of.commands, rate_text(seconds > 0 ? bytes / seconds : 0),
                        time_text(of.latency.mean()), time_text(of.latency.percentile(500'000)),
                        time_text(of.latency.percentile(990'000)),
                        time_text(of.latency.percentile(999'000)), time_text(of.latency.max()));
  }
  return text;
}

/// "least 12.0 %, mean 50.1 %, most 92.3 %".
std::string spread_text(const std::vector<ssd::Nanos>& busy, ssd::Nanos time) {
  if (busy.empty()) {
    return "none";
  }
  ssd::Nanos sum{0};
  for (const auto nanos : busy) {
    sum += nanos;
  }
  const auto [least, most] = std::minmax_element(busy.begin(), busy.end());
  return fmt::format("least {:.1f} %, mean {:.1f} %, most {:.1f} %", share(*least, time),
                     share(sum, time * static_cast<std::int64_t>(busy.size())), share(*most, time));
}

std::string energy_text(const Report& report) {
  const auto& energy = *report.energy;
  const auto joules = [](ssd::Wide picojoules) { return static_cast<double>(picojoules) / 1e12; };
  const auto bytes = static_cast<double>(report.host_bytes());
  return fmt::format(
      "{:.6g} J: reads {:.4g}, programs {:.4g}, erases {:.4g}, transfers {:.4g}, idle {:.4g}{}",
      joules(energy.total()), joules(energy.reads), joules(energy.programs), joules(energy.erases),
      joules(energy.transfers), joules(energy.idle),
      bytes == 0 ? ""
                 : fmt::format("; {:.4g} nJ a byte of the host",
                               static_cast<double>(energy.total()) / 1e3 / bytes));
}

std::string steady_text(const SteadyState& steady) {
  if (!steady.is_known) {
    return "not known: the run is too short";
  }
  return fmt::format("{}: IOPS range {:.1f} %, slope {:.1f} %; WAF range {:.1f} %, slope {:.1f} %",
                     steady.is_steady() ? "yes" : "no", steady.commands.range * 100,
                     steady.commands.slope * 100, steady.amplification.range * 100,
                     steady.amplification.slope * 100);
}

}  // namespace

std::string to_text(const Report& report) {
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    text += fmt::format("{:<14}{}\n", name, value);
  };
  line("simulated", fmt::format("{}{}{}", time_text(report.time()),
                                report.begin > ssd::Nanos{0}
                                    ? " after " + time_text(report.begin) + " of warming up"
                                    : "",
                                report.interrupted ? ", interrupted" : ""));
  line("commands", fmt::format("{} ({:.0f} IOPS, {})", report.commands(), report.iops(),
                               rate_text(report.bandwidth())));
  text += opcodes_text(report);
  for (std::size_t at = 0; at < kOpcodes; ++at) {
    const auto opcode = static_cast<ssd::Opcode>(at);
    if (report.of(opcode).parts.total() > ssd::Nanos{0}) {
      line(fmt::format("{} time", name_of(opcode)).c_str(), parts_text(report.of(opcode).parts));
    }
  }
  const auto& flash = report.flash;
  line("flash", fmt::format("{} reads, {} programs, {} erases",
                            flash.reads + flash.collection_reads, flash.programs, flash.erases));
  if (flash.host_pages > 0) {
    line("written", fmt::format("{} pages by the host, {} moved: write amplification {:.3f}",
                                flash.host_pages, flash.moved_pages, report.write_amplification()));
  }
  line("dies", spread_text(report.die_busy, report.time()) + " busy");
  line("channels", spread_text(report.channel_busy, report.time()) + " busy");
  line("wear", fmt::format("{} erases, {} to {} of a block", report.wear.erases, report.wear.least,
                           report.wear.most));
  if (report.energy) {
    line("energy", energy_text(report));
  }
  line("steady", steady_text(report.steady_state));
  return text;
}

std::string to_csv(const Report& report) {
  std::string text =
      "time_ns,reads,writes,others,bytes_read,bytes_written,mean_latency_ns,max_latency_ns,"
      "host_pages,moved_pages,erases\n";
  const auto& series = report.series;
  auto time = series.start();
  for (const auto& window : series.windows()) {
    time = std::min(time + series.length(), report.end);
    const auto commands = std::max<std::uint64_t>(window.commands(), 1);
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", time.count(), window.reads,
                        window.writes, window.others, window.pages_read * report.mapping_bytes,
                        window.pages_written * report.mapping_bytes, window.latency_sum / commands,
                        window.latency_max, window.host_pages, window.moved_pages, window.erases);
  }
  return text;
}

}  // namespace gantry::workload

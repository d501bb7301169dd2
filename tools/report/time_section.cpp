#include <algorithm>

#include <fmt/format.h>

#include "report/run_sections.hpp"

namespace gantry::report {

namespace {

constexpr double kMostWindows = 120;  // more could not be told apart
constexpr double kFewestWindows = 12;
constexpr double kCommandsEach = 20;  // with fewer a rate is but noise

/// How many windows show a run of so many commands.
std::size_t windows_for(std::uint64_t commands) {
  return static_cast<std::size_t>(
      std::clamp(static_cast<double>(commands) / kCommandsEach, kFewestWindows, kMostWindows));
}

/// A line over the middles of the windows, of what value_of says; a window in which that is
/// less than 0 says nothing.
template <class ValueOf>
Line line_of(std::string name, const TimeSeries& series, ValueOf value_of) {
  Line line{std::move(name), {}, false, 0};
  for (const auto& window : series) {
    if (const auto value = value_of(window); value >= 0) {
      line.points.push_back({(window.begin + window.end) / 2 - series.front().begin, value});
    }
  }
  return line;
}

/// Something in a second.
template <class ValueOf>
Line rate_of(std::string name, const TimeSeries& series, ValueOf value_of, double divisor = 1) {
  return line_of(std::move(name), series, [&](const Window& window) {
    return value_of(window) / window.seconds() / divisor;
  });
}

double most_of(const std::vector<Line>& lines) {
  double most = 0;
  for (const auto& line : lines) {
    for (const auto& point : line.points) {
      most = std::max(most, point.y);
    }
  }
  return most;
}

bool is_flat_zero(const Line& line) {
  return std::all_of(line.points.begin(), line.points.end(),
                     [](const Point& point) { return point.y <= 0; });
}

/// Small charts beside each other that share their horizontal axis.
class SmallMultiples {
 public:
  SmallMultiples(Page& page, const TimeSeries& series)
      : page_(&page), elapsed_(series.back().end - series.front().begin) {}

  /// Amounts from 0, in a unit, up to the most of them or to a larger one.
  void amounts(const std::string& caption, const std::string& unit, std::vector<Line> lines,
               double axis_most = 0) {
    const auto most = most_of(lines);
    chart(caption, fmt::format("Up to {} {}", fixed(most, 1), unit),
          amount_axis(std::max(most, axis_most), unit), std::move(lines));
  }

  /// Nanoseconds, on a logarithmic axis.
  void times(const std::string& caption, std::vector<Line> lines) {
    double least = most_of(lines);
    for (const auto& line : lines) {
      for (const auto& point : line.points) {
        least = point.y > 0 ? std::min(least, point.y) : least;
      }
    }
    const auto most = most_of(lines);
    chart(caption,
          fmt::format("From {} to {}", text_of(least, Unit::kNanos), text_of(most, Unit::kNanos)),
          time_axis(least, most, "latency"), std::move(lines));
  }

 private:
  void chart(const std::string& caption, const std::string& extent, Axis y,
             std::vector<Line> lines) {
    for (std::size_t at = 0; at < lines.size(); ++at) {
      lines[at].colour = at;
    }
    std::erase_if(lines, is_flat_zero);
    if (lines.empty()) {
      return;
    }
    if (lines.size() == 1) {
      lines[0].name.clear();  // the caption says it
    }
    Chart chart;
    chart.title = caption;
    chart.description = fmt::format("{} within {}", extent, text_of(elapsed_, Unit::kNanos));
    chart.x = elapsed_axis(elapsed_);
    chart.y = std::move(y);
    chart.lines = std::move(lines);
    page_->figure(caption, [&] { draw(page_->markup(), chart); });
  }

  Page* page_;
  double elapsed_;
};

/// Of what a window's commands had; less than 0 if it had none.
double mean_latency(const Window& window) {
  return window.commands() <= 0 ? -1 : window.mean_latency;
}

double max_latency(const Window& window) {
  return window.commands() <= 0 ? -1 : window.max_latency;
}

double amplification(const Window& window) {
  return window.host_pages <= 0 ? -1 : (window.host_pages + window.moved_pages) / window.host_pages;
}

}  // namespace

void write_over_time(Page& page, const Run& run) {
  if (run.series.empty()) {
    return;
  }
  const auto series = coarsened(run.series, windows_for(run.device.report.commands));
  const auto section = page.section("Over time");
  const auto box = page.columns("multiples");
  SmallMultiples multiples(page, series);
  multiples.amounts("Commands in a second.", "IOPS",
                    {rate_of("read", series, [](const Window& w) { return w.reads; }),
                     rate_of("write", series, [](const Window& w) { return w.writes; }),
                     rate_of("other", series, [](const Window& w) { return w.others; })});
  multiples.amounts("Bandwidth.", "MB/s",
                    {rate_of(
                         "read", series, [](const Window& w) { return w.bytes_read; }, 1e6),
                     rate_of(
                         "write", series, [](const Window& w) { return w.bytes_written; }, 1e6)});
  multiples.times("Latency: mean and longest of each window.",
                  {line_of("mean", series, mean_latency), line_of("longest", series, max_latency)});
  multiples.amounts("Write amplification: pages put into flash for each page of the host.", "WAF",
                    {line_of("", series, amplification)});
  multiples.amounts("Pages put into flash in a second, by the host and by garbage collection.",
                    "pages/s",
                    {rate_of("host", series, [](const Window& w) { return w.host_pages; }),
                     rate_of("moved", series, [](const Window& w) { return w.moved_pages; })});
  multiples.amounts("Erases of blocks in a second.", "erases/s",
                    {rate_of("", series, [](const Window& w) { return w.erases; })});
}

void write_over_time(Page& page, const std::vector<Run>& runs) {
  const auto commands_of = [](const Run& run) {
    const auto series = coarsened(run.series, windows_for(run.device.report.commands));
    return rate_of("", series, [](const Window& window) { return window.commands(); });
  };
  double most = 0;
  for (const auto& run : runs) {
    most = std::max(most, run.series.empty() ? 0 : most_of({commands_of(run)}));
  }
  if (most <= 0) {
    return;
  }
  const auto section = page.section("Over time");
  const auto box = page.columns("multiples");
  for (const auto& run : runs) {
    if (!run.series.empty()) {
      SmallMultiples(page, run.series)
          .amounts(fmt::format("Commands in a second: {}.", run.name), "IOPS", {commands_of(run)},
                   most);
    }
  }
}

}  // namespace gantry::report

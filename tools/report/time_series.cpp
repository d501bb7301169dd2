#include "report/time_series.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::report {

namespace {

constexpr std::size_t kMostWindows = 1'000'000;

struct Column {
  std::string_view name;
  double Window::*value;
};

constexpr std::array kColumns = {
    Column{"time_ns", &Window::end},
    Column{"reads", &Window::reads},
    Column{"writes", &Window::writes},
    Column{"others", &Window::others},
    Column{"bytes_read", &Window::bytes_read},
    Column{"bytes_written", &Window::bytes_written},
    Column{"mean_latency_ns", &Window::mean_latency},
    Column{"max_latency_ns", &Window::max_latency},
    Column{"host_pages", &Window::host_pages},
    Column{"moved_pages", &Window::moved_pages},
    Column{"erases", &Window::erases},
};

std::string header() {
  std::string text;
  for (const auto& column : kColumns) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", column.name);
  }
  return text;
}

base::Result<Window> parse_window(std::string_view line, const std::string& where) {
  const auto fields = base::split(line, ',');
  if (fields.size() != kColumns.size()) {
    return base::Error{
        fmt::format("{} columns, and there must be {}", fields.size(), kColumns.size()), where, ""};
  }
  Window window;
  for (std::size_t at = 0; at < fields.size(); ++at) {
    const auto number = base::parse_unsigned(fields[at]);
    if (!number) {
      return base::Error{fmt::format("{} must be a whole number from 0, and is \"{}\"",
                                     kColumns[at].name, base::printable(fields[at].substr(0, 40))),
                         where, ""};
    }
    window.*kColumns[at].value = static_cast<double>(*number);
  }
  return window;
}

void join(Window& window, const Window& next) {
  const auto commands = window.commands() + next.commands();
  window.mean_latency =
      commands <= 0
          ? 0
          : (window.mean_latency * window.commands() + next.mean_latency * next.commands()) /
                commands;
  window.max_latency = std::max(window.max_latency, next.max_latency);
  window.end = next.end;
  for (const auto sum :
       {&Window::reads, &Window::writes, &Window::others, &Window::bytes_read,
        &Window::bytes_written, &Window::host_pages, &Window::moved_pages, &Window::erases}) {
    window.*sum += next.*sum;
  }
}

}  // namespace

base::Result<TimeSeries> parse_time_series(std::string_view text, std::uint64_t begin,
                                           const std::string& name) {
  TimeSeries series;
  std::size_t number = 0;
  auto time = static_cast<double>(begin);
  for (auto line : base::split(text, '\n')) {
    ++number;
    const auto where = fmt::format("{}:{}", name, number);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (number == 1) {
      if (line != header()) {
        return base::Error{"not a time series: the first line must be " + header(), where,
                           "see --csv of gantry ssd run"};
      }
      continue;
    }
    if (line.empty()) {
      continue;
    }
    if (series.size() == kMostWindows) {
      return base::Error{fmt::format("more than {} rows", kMostWindows), where, ""};
    }
    GANTRY_TRY(auto window, parse_window(line, where));
    if (window.end <= time) {
      return base::Error{
          "time_ns must be later than the row before it, or than the begin of the "
          "measurement",
          where, "is it the series of the same run as the device's JSON?"};
    }
    window.begin = time;
    time = window.end;
    series.push_back(window);
  }
  return series;
}

TimeSeries coarsened(const TimeSeries& series, std::size_t most) {
  const auto each = (series.size() + most - 1) / std::max<std::size_t>(most, 1);
  TimeSeries joined;
  for (std::size_t at = 0; at < series.size(); ++at) {
    if (at % std::max<std::size_t>(each, 1) == 0) {
      joined.push_back(series[at]);
    } else {
      join(joined.back(), series[at]);
    }
  }
  return joined;
}

}  // namespace gantry::report

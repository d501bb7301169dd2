#include "fio/tool/expectation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"

namespace gantry::fio {

namespace {

using Json = nlohmann::json;
using Comparison = Expectation::Comparison;

constexpr const char* kHint =
    "write it as p99<500us, mean<=80us, iops>100k or bw>=1.5GB/s, of one direction as "
    "read.p99.9<2ms; the metrics are iops, bw, mean, min, max and p with a percentage";

constexpr std::array<const char*, 3> kDirections = {"read", "write", "trim"};

enum class Kind { kRate, kBytes, kTime };

struct Unit {
  Kind kind;
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 19> kUnits = {{
    {Kind::kRate, "", 1},
    {Kind::kRate, "k", 1e3},
    {Kind::kRate, "K", 1e3},
    {Kind::kRate, "M", 1e6},
    {Kind::kRate, "G", 1e9},
    {Kind::kBytes, "B/s", 1},
    {Kind::kBytes, "kB/s", 1e3},
    {Kind::kBytes, "MB/s", 1e6},
    {Kind::kBytes, "GB/s", 1e9},
    {Kind::kBytes, "KiB/s", 1024},
    {Kind::kBytes, "MiB/s", 1048576},
    {Kind::kBytes, "GiB/s", 1073741824},
    {Kind::kTime, "ns", 1},
    {Kind::kTime, "us", 1e3},
    {Kind::kTime, "usec", 1e3},
    {Kind::kTime, "ms", 1e6},
    {Kind::kTime, "msec", 1e6},
    {Kind::kTime, "s", 1e9},
    {Kind::kTime, "sec", 1e9},
}};

Kind kind_of(std::string_view metric) {
  return metric == "iops" ? Kind::kRate : metric == "bw" ? Kind::kBytes : Kind::kTime;
}

std::optional<double> percentage(std::string_view metric) {
  if (!metric.starts_with('p')) {
    return std::nullopt;
  }
  double value = 0;
  const auto* const end = metric.data() + metric.size();
  const auto [rest, error] = std::from_chars(metric.data() + 1, end, value);
  if (error != std::errc() || rest != end || !(value > 0) || value > 100) {
    return std::nullopt;
  }
  return value;
}

bool is_metric(std::string_view metric) {
  return metric == "iops" || metric == "bw" || metric == "mean" || metric == "min" ||
         metric == "max" || percentage(metric).has_value();
}

std::optional<double> value_of(std::string_view text, Kind kind) {
  double number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || !std::isfinite(number)) {
    return std::nullopt;
  }
  const auto name = base::trim({rest, static_cast<std::size_t>(end - rest)});
  const auto* const unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& each) {
    return each.kind == kind && each.name == name;
  });
  return unit == kUnits.end() ? std::nullopt : std::optional(number * unit->factor);
}

std::string text_of(double value, Kind kind) {
  switch (kind) {
    case Kind::kRate:
      return fmt::format("{:.1f}/s", value);
    case Kind::kBytes:
      return fmt::format("{:.3f} MB/s", value / 1e6);
    case Kind::kTime:
      break;
  }
  return fmt::format("{:.3f} us", value / 1e3);
}

/// A latency of one direction of a job, in nanoseconds. Percentiles are of what fio calls clat, as
/// in its own report.
base::Result<double> latency_of(const Json& direction, const Expectation& expectation) {
  const auto percent = percentage(expectation.metric);
  if (!percent) {
    return direction.at("lat_ns").at(expectation.metric).get<double>();
  }
  const auto latency =
      direction.contains("clat_ns") && direction.at("clat_ns").contains("percentile")
          ? direction.at("clat_ns")
          : direction.at("lat_ns");
  const auto name = fmt::format("{:.6f}", *percent);
  const auto list = latency.value("percentile", Json::object());
  if (!list.contains(name)) {
    return base::Error{fmt::format("'{}': fio has not measured that percentile", expectation.text),
                       "", "name it in percentile_list of the job"};
  }
  return list.at(name).get<double>();
}

/// Of all jobs; nothing if none did anything of that.
base::Result<std::optional<double>> measure(const Json& jobs, const Expectation& expectation) {
  std::optional<double> result;
  for (const auto& job : jobs) {
    for (const auto* const name : kDirections) {
      const bool is_wanted = expectation.direction.empty() || expectation.direction == name;
      if (!is_wanted || job.at(name).at("total_ios").get<double>() == 0) {
        continue;
      }
      const auto& direction = job.at(name);
      if (expectation.metric == "iops" || expectation.metric == "bw") {
        const auto* const key = expectation.metric == "bw" ? "bw_bytes" : "iops";
        result = result.value_or(0) + direction.at(key).get<double>();
        continue;
      }
      GANTRY_TRY(const auto latency, latency_of(direction, expectation));
      const bool is_min = expectation.metric == "min";
      result = !result ? latency : is_min ? std::min(*result, latency) : std::max(*result, latency);
    }
  }
  return result;
}

bool holds(double measured, const Expectation& expectation) {
  switch (expectation.comparison) {
    case Comparison::kLess:
      return measured < expectation.value;
    case Comparison::kAtMost:
      return measured <= expectation.value;
    case Comparison::kMore:
      return measured > expectation.value;
    case Comparison::kAtLeast:
      break;
  }
  return measured >= expectation.value;
}

}  // namespace

base::Result<Expectation> parse_expectation(std::string_view text) {
  const base::Error error{fmt::format("'{}' is no expectation", base::printable(text)), "", kHint};
  const auto at = text.find_first_of("<>");
  if (at == std::string_view::npos) {
    return error;
  }
  const bool is_equal = text.substr(at + 1).starts_with('=');
  Expectation result;
  result.text = text;
  result.metric = base::trim(text.substr(0, at));
  for (const auto* const direction : kDirections) {
    const auto prefix = fmt::format("{}.", direction);
    if (result.metric.starts_with(prefix)) {
      result.direction = direction;
      result.metric = result.metric.substr(prefix.size());
    }
  }
  const auto value =
      value_of(base::trim(text.substr(at + (is_equal ? 2 : 1))), kind_of(result.metric));
  if (!is_metric(result.metric) || !value) {
    return error;
  }
  result.value = *value;
  result.comparison = text[at] == '<' ? (is_equal ? Comparison::kAtMost : Comparison::kLess)
                                      : (is_equal ? Comparison::kAtLeast : Comparison::kMore);
  return result;
}

base::Result<std::vector<Verdict>> judge(const std::vector<Expectation>& expectations,
                                         const std::string& report) {
  std::vector<Verdict> verdicts;
  try {
    const auto jobs = Json::parse(report).at("jobs");
    for (const auto& expectation : expectations) {
      GANTRY_TRY(const auto measured, measure(jobs, expectation));
      if (!measured) {
        verdicts.push_back({false, "nothing"});
        continue;
      }
      verdicts.push_back(
          {holds(*measured, expectation), text_of(*measured, kind_of(expectation.metric))});
    }
  } catch (const Json::exception& exception) {
    return base::Error{fmt::format("fio's report is not what it should be: {}", exception.what()),
                       "", ""};
  }
  return verdicts;
}

}  // namespace gantry::fio

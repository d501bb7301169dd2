#include "cli/sweep_grid.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "cli/run_progress.hpp"
#include "ssd/steady_state.hpp"
#include "state/state.hpp"
#include "workload/report_output.hpp"

namespace gantry::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostPoints = 100'000;

/// What is varied: a key of the device's description by its JSON pointer, or an option.
struct Axis {
  std::string name;
  std::vector<std::string> values;
};

base::Result<std::vector<Axis>> axes_of(const std::vector<std::string>& vary) {
  std::vector<Axis> axes;
  for (const auto& text : vary) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
      return base::Error{fmt::format("--vary cannot be \"{}\"", base::printable(text)), "",
                         "write NAME=VALUE,VALUE..., of which NAME is the JSON pointer of a key of "
                         "the device's description or an option such as queue-depth"};
    }
    Axis axis{text.substr(0, equals), {}};
    for (const auto value : base::split(std::string_view(text).substr(equals + 1), ',')) {
      axis.values.emplace_back(value);
    }
    axes.push_back(std::move(axis));
  }
  return axes;
}

/// All combinations; the last axis changes first.
base::Result<std::vector<Point>> points_of(const std::vector<Axis>& axes) {
  std::vector<Point> points(1);
  for (const auto& axis : axes) {
    if (points.size() * axis.values.size() > kMostPoints) {
      return base::Error{fmt::format("there are more than {} points", kMostPoints), "", ""};
    }
    std::vector<Point> next;
    for (const auto& point : points) {
      for (const auto& value : axis.values) {
        next.push_back(point);
        next.back().settings.emplace_back(axis.name, value);
      }
    }
    points = std::move(next);
  }
  return points;
}

/// As if somebody had changed the key where the description is written: what it does not say has
/// its default still, and a capacity gives way to over-provisioning. What nlohmann throws about a
/// pointer becomes an Error here.
base::Result<void> set(Json& description, const std::string& pointer, const std::string& value) {
  try {
    if (pointer == "/capacity" || pointer == "/over_provisioning") {
      description.erase(pointer == "/capacity" ? "over_provisioning" : "capacity");
    }
    auto parsed = Json::parse(value, nullptr, false);
    description[Json::json_pointer(pointer)] = parsed.is_discarded() ? Json(value) : parsed;
    return {};
  } catch (const Json::exception&) {
    return base::Error{
        fmt::format("\"{}\" is no place in the device's description", base::printable(pointer)), "",
        "see gantry ssd config init for its keys"};
  }
}

std::string row_of(const workload::Report& report) {
  workload::Histogram all;
  for (const auto& opcode : report.opcodes) {
    all.merge(opcode.latency);
  }
  return fmt::format("{:>12.0f}{:>12.1f}{:>14.2f}{:>14.2f}{:>8.3f}\n", report.iops(),
                     report.bandwidth() / 1e6, static_cast<double>(all.mean().count()) / 1e3,
                     static_cast<double>(all.percentile(990'000).count()) / 1e3,
                     report.write_amplification());
}

/// About how many pages of flash a command of a point takes to read and to program.
double expected_work(const std::vector<workload::Stream>& streams,
                     const ssd::Parameters& parameters) {
  double reads = 0;
  double writes = 0;
  for (const auto& stream : streams) {
    reads += stream.block_pages * (stream.reads / 1e3);
    writes += stream.block_pages * ((1000 - stream.reads - stream.trims) / 1e3);
  }
  return reads + writes * ssd::SteadyState(parameters).amplification();
}

/// What a point's settings make of the device and the workload.
base::Result<void> prepare(Point& point, const std::string& device, bool has_state) {
  auto description = Json::parse(device);
  for (const auto& [name, value] : point.settings) {
    if (has_state && (name.starts_with('/') || name == "fill")) {
      return base::Error{
          fmt::format("--vary {}: a state says what the device is, and what is on it",
                      base::printable(name)),
          "", "with --state options of the workload vary, such as queue-depth"};
    }
    if (name.starts_with('/')) {
      GANTRY_CHECK(set(description, name, value));
    } else if (auto* const option = point.workload.find(name)) {
      *option = value;
    } else {
      return base::Error{fmt::format("--vary knows no \"{}\"", base::printable(name)), "",
                         "keys of the device begin with a slash; of the options, pattern, read, "
                         "trim, fua, block-size, queue-depth, think, rate, arrivals and fill vary"};
    }
  }
  auto reading = config::read(description.dump());
  if (!reading.description) {
    std::string problems;
    for (const auto& problem : reading.problems) {
      problems += (problems.empty() ? "" : "; ") + config::to_text(problem);
    }
    return base::Error{problems, "", ""};
  }
  point.description = std::move(*reading.description);
  GANTRY_TRY(const auto streams, streams_of(point.workload, point.description));
  point.work = expected_work(streams, point.description.parameters);
  return {};
}

base::Error at_point(const Point& point, base::Error error) {
  error.where = settings_text(point);
  return error;
}

/// A device as all points begin with it.
base::Result<std::unique_ptr<ssd::Device>> device_of(const Point& point, const SweepBase& common,
                                                     unsigned jobs) {
  if (common.state.empty()) {
    return filled_device(point.description, point.workload.fill, point.workload.seed, jobs);
  }
  GANTRY_TRY(auto opened, state::open(common.state));
  return std::move(opened.device);
}

base::Result<void> run(Point& point, const SweepBase& common, unsigned jobs) {
  const auto& workload = point.workload;
  const auto& parameters = point.description.parameters;
  GANTRY_TRY(const auto streams, streams_of(workload, point.description));
  GANTRY_TRY(const auto options, run_options_of(workload, streams, parameters));
  GANTRY_TRY(const auto device, device_of(point, common, jobs));
  workload::Synthetic source(streams, parameters, workload.seed, device->now());
  Interruption interruption;
  GANTRY_TRY(const auto report, workload::run(*device, source, options, &interruption));
  if (!report.interrupted) {
    point.json = workload::to_json(report, common.has_histograms);
    point.row = row_of(report);
  }
  return {};
}

}  // namespace

std::string settings_text(const Point& point) {
  std::string text;
  for (const auto& [name, value] : point.settings) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text.empty() ? "as it is" : text;
}

base::Result<std::vector<Point>> sweep_grid(const SweepBase& common,
                                            const std::vector<std::string>& vary) {
  GANTRY_TRY(const auto axes, axes_of(vary));
  GANTRY_TRY(auto points, points_of(axes));
  const auto device = common.state.empty() ? common.source : config::write(common.description);
  for (auto& point : points) {
    point.workload = common.workload;
    if (auto prepared = prepare(point, device, !common.state.empty()); !prepared) {
      return at_point(point, std::move(prepared).error());
    }
  }
  return points;
}

base::Result<void> simulate(Point& point, const SweepBase& common, unsigned jobs) {
  auto done = run(point, common, jobs);
  return done ? std::move(done) : at_point(point, std::move(done).error());
}

}  // namespace gantry::cli

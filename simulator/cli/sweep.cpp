#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/interrupt.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_progress.hpp"
#include "cli/setup.hpp"
#include "cli/standard_output.hpp"
#include "cli/workload_options.hpp"
#include "config/description.hpp"
#include "ssd/steady_state.hpp"
#include "workload/report_output.hpp"

namespace gantry::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostPoints = 100'000;

struct SweepArguments {
  std::string device;
  std::vector<std::string> vary;
  WorkloadOptions workload;
  unsigned jobs = 0;
  bool json = false;
};

/// What is varied: a key of the device's description by its JSON pointer, or an option.
struct Axis {
  std::string name;
  std::vector<std::string> values;
};

struct Point {
  std::vector<std::pair<std::string, std::string>> settings;
  WorkloadOptions workload;
  config::Description description;
  double work = 0;   ///< that a command is expected to be
  std::string json;  ///< its report; empty: it was interrupted
  std::string row;   ///< of the table, without its settings
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

/// What nlohmann throws about a pointer becomes an Error here.
base::Result<void> set(Json& description, const std::string& pointer, const std::string& value) {
  try {
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
base::Result<void> prepare(Point& point, const std::string& device) {
  auto description = Json::parse(device);
  for (const auto& [name, value] : point.settings) {
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

base::Result<void> simulate(Point& point, unsigned jobs) {
  const auto& workload = point.workload;
  const auto& parameters = point.description.parameters;
  GANTRY_TRY(const auto streams, streams_of(workload, point.description));
  GANTRY_TRY(const auto options, run_options_of(workload, streams, parameters));
  GANTRY_TRY(const auto simulated,
             filled_device(point.description, workload.fill, workload.seed, jobs));
  workload::Synthetic source(streams, parameters, workload.seed);
  Interruption interruption;
  GANTRY_TRY(const auto report, workload::run(*simulated, source, options, &interruption));
  if (!report.interrupted) {
    point.json = workload::to_json(report);
    point.row = row_of(report);
  }
  return {};
}

std::string settings_text(const Point& point) {
  std::string text;
  for (const auto& [name, value] : point.settings) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text.empty() ? "as it is" : text;
}

std::string to_json(const std::vector<Point>& points, const Setup& setup) {
  auto json = Json::parse(setup.json);
  auto& list = json["points"] = Json::array();
  for (const auto& point : points) {
    if (!point.json.empty()) {
      auto settings = Json::object();
      for (const auto& [name, value] : point.settings) {
        settings[name] = value;
      }
      list.push_back({{"point", settings}, {"report", Json::parse(point.json)}});
    }
  }
  return json.dump(2) + "\n";
}

std::string to_table(const std::vector<Point>& points) {
  std::size_t width = 5;
  for (const auto& point : points) {
    width = std::max(width, settings_text(point).size());
  }
  auto text = fmt::format("{:<{}}{:>12}{:>12}{:>14}{:>14}{:>8}\n", "point", width, "IOPS", "MB/s",
                          "mean us", "p99 us", "WAF");
  for (const auto& point : points) {
    if (!point.row.empty()) {
      text += fmt::format("{:<{}}{}", settings_text(point), width, point.row);
    }
  }
  return text;
}

base::Result<int> sweep(const SweepArguments& arguments) {
  GANTRY_TRY(const auto description, config::load(arguments.device));
  GANTRY_TRY(const auto axes, axes_of(arguments.vary));
  GANTRY_TRY(auto points, points_of(axes));
  const auto device = config::write(description);
  std::mutex mutex;
  std::size_t done = 0;
  const auto cores = std::max(std::thread::hardware_concurrency(), 1U);
  const auto jobs = static_cast<unsigned>(
      std::min<std::size_t>(arguments.jobs == 0 ? cores : arguments.jobs, points.size()));
  const auto at_point = [](const Point& point, base::Result<void> result) {
    if (result) {
      return result;
    }
    auto error = std::move(result).error();
    error.where = settings_text(point);
    return base::Result<void>(std::move(error));
  };
  std::vector<Point*> order;
  for (auto& point : points) {
    point.workload = arguments.workload;
    GANTRY_CHECK(at_point(point, prepare(point, device)));
    order.push_back(&point);
  }
  // What takes longest begins first, so that all threads end at about the same time.
  std::stable_sort(order.begin(), order.end(),
                   [](const Point* a, const Point* b) { return a->work > b->work; });
  GANTRY_CHECK(base::parallel_for(points.size(), jobs, [&](std::size_t at) -> base::Result<void> {
    if (base::interrupted()) {
      return {};
    }
    GANTRY_CHECK(at_point(*order[at], simulate(*order[at], jobs)));
    const std::lock_guard lock(mutex);
    fmt::print(stderr, "{} of {} points\n", ++done, points.size());
    return {};
  }));
  GANTRY_CHECK(print(arguments.json ? to_json(points, setup_of(description, arguments.workload))
                                    : to_table(points)));
  return base::interrupted() ? 128 + base::interrupt_signal() : kSuccess;
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("sweep", "Run a workload on variations of a device, several at a time");
  command->footer(
      "The output does not depend on --jobs.\n\n"
      "Example:\n"
      "  gantry ssd sweep --device ref-a --fill --vary /geometry/channels=4,8 \\\n"
      "    --vary queue-depth=1,8,64");
  auto arguments = std::make_shared<SweepArguments>();
  command->add_option("--device", arguments->device, "A description, or the name of a profile")
      ->type_name("FILE|PROFILE")
      ->required();
  command
      ->add_option("--vary", arguments->vary,
                   "A JSON pointer into the description, or an option, with its values")
      ->type_name("NAME=VALUE,...")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--jobs", arguments->jobs, "Points at a time; default: one for each core");
  command->add_flag("--json", arguments->json, "Print the reports as JSON");
  add_workload_options(*command, arguments->workload);
  command->callback([&action, arguments] { action = [arguments] { return sweep(*arguments); }; });
}

}  // namespace gantry::cli

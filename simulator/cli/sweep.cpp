#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "cli/build_step.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/result_cache.hpp"
#include "cli/setup.hpp"
#include "cli/standard_output.hpp"
#include "cli/sweep_grid.hpp"
#include "state/state.hpp"

namespace gantry::cli {

namespace {

using Json = nlohmann::ordered_json;

struct SweepArguments {
  std::string device;
  std::string state;
  std::vector<std::string> vary;
  WorkloadOptions workload;
  unsigned jobs = 0;
  bool json = false;
  bool histogram = false;
  std::string output;
  std::string points;
  std::string shard;
  BuildStep step;
};

/// A part of the points, counted from 1.
struct Shard {
  std::size_t number = 1;
  std::size_t count = 1;
};

base::Result<Shard> shard_of(const std::string& text) {
  if (text.empty()) {
    return Shard{};
  }
  const auto parts = base::split(text, '/');
  const auto number = base::parse_unsigned(parts.front());
  const auto count = base::parse_unsigned(parts.back());
  if (parts.size() != 2 || !number || !count || *number == 0 || *number > *count ||
      *count > 10'000) {
    return base::Error{fmt::format("--shard cannot be \"{}\": expected I/N, the part I of N parts",
                                   base::printable(text)),
                       "", ""};
  }
  return Shard{*number, *count};
}

/// The device of all points, and how the state that they begin with is called in the output.
base::Result<std::pair<SweepBase, StateSetup>> common_of(const SweepArguments& arguments) {
  SweepBase common;
  StateSetup state;
  common.workload = arguments.workload;
  common.has_histograms = arguments.histogram;
  if (arguments.state.empty()) {
    if (arguments.device.empty()) {
      return base::Error{"--device or --state is needed: what device is to be simulated", "",
                         "`gantry ssd config list` names those that are known"};
    }
    GANTRY_TRY(common.description, config::load(arguments.device));
    GANTRY_TRY(common.source, config::source(arguments.device));
    return std::pair(std::move(common), std::move(state));
  }
  if (arguments.workload.fill != "none") {
    return base::Error{"--fill and --state exclude each other: a state says what is on the device",
                       "", ""};
  }
  GANTRY_TRY(auto opened, state::open(arguments.state));
  if (!arguments.device.empty()) {
    GANTRY_TRY(const auto wanted, config::load(arguments.device));
    GANTRY_CHECK(state::check_same_device(opened, wanted, arguments.state));
  }
  common.description = std::move(opened.description);
  common.state = arguments.state;
  // Without its directory: what is measured does not depend on where it was measured.
  state = {std::filesystem::path(arguments.state).filename().native(), opened.checksum};
  return std::pair(std::move(common), std::move(state));
}

/// What decides the report of a point.
std::string identity(const Point& point, const SweepBase& common, const StateSetup& state) {
  auto json = Json::parse(setup_of(point.description, point.workload, state).json);
  if (!state.file.empty()) {
    json["state"].erase("file");
  }
  json["histograms"] = common.has_histograms;
  return json.dump();
}

/// The report of an earlier run. False: there is none.
bool recall(Point& point, const ResultCache& cache, const std::string& key) {
  const auto text = cache.find(key);
  if (!text) {
    return false;
  }
  const auto json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || json.value("key", "") != key || !json.contains("report") ||
      !json.contains("row") || !json["row"].is_string()) {
    cache.remove(key);
    return false;
  }
  point.json = json["report"].dump();
  point.row = json["row"];
  return true;
}

base::Result<void> keep(const Point& point, const ResultCache& cache, const std::string& key) {
  const Json json = {{"key", key}, {"row", point.row}, {"report", Json::parse(point.json)}};
  return cache.put(key, json.dump() + "\n");
}

std::string to_json(const std::vector<Point*>& points, const Setup& setup) {
  auto json = Json::parse(setup.json);
  auto& list = json["points"] = Json::array();
  for (const auto* point : points) {
    if (!point->json.empty()) {
      auto settings = Json::object();
      for (const auto& [name, value] : point->settings) {
        settings[name] = value;
      }
      list.push_back({{"point", settings}, {"report", Json::parse(point->json)}});
    }
  }
  return json.dump(2) + "\n";
}

std::string to_table(const std::vector<Point*>& points) {
  std::size_t width = 5;
  for (const auto* point : points) {
    width = std::max(width, settings_text(*point).size());
  }
  auto text = fmt::format("{:<{}}{:>12}{:>12}{:>14}{:>14}{:>8}\n", "point", width, "IOPS", "MB/s",
                          "mean us", "p99 us", "WAF");
  for (const auto* point : points) {
    if (!point->row.empty()) {
      text += fmt::format("{:<{}}{}", settings_text(*point), width, point->row);
    }
  }
  return text;
}

/// What takes longest begins first, so that all threads, or all shards, end at about the same time.
std::vector<Point*> longest_first(std::vector<Point>& points) {
  std::vector<Point*> order;
  for (auto& point : points) {
    order.push_back(&point);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const Point* a, const Point* b) { return a->work > b->work; });
  return order;
}

std::vector<Point*> part_of(const std::vector<Point*>& points, const Shard& shard) {
  std::vector<Point*> part;
  for (std::size_t at = shard.number - 1; at < points.size(); at += shard.count) {
    part.push_back(points[at]);
  }
  return part;
}

/// Simulates what is not known yet; how many that were.
base::Result<std::size_t> simulate_all(const std::vector<Point*>& points, const SweepBase& common,
                                       const StateSetup& state, const SweepArguments& arguments,
                                       const std::optional<ResultCache>& cache) {
  const auto cores = std::max(std::thread::hardware_concurrency(), 1U);
  const auto jobs = static_cast<unsigned>(
      std::min<std::size_t>(arguments.jobs == 0 ? cores : arguments.jobs, points.size()));
  std::mutex mutex;
  std::size_t done = 0;
  std::atomic<std::size_t> simulated = 0;
  const auto one = [&](std::size_t at) -> base::Result<void> {
    if (base::interrupted()) {
      return {};
    }
    auto& point = *points[at];
    const auto key = cache ? cache->key("sweep point", identity(point, common, state)) : "";
    if (!cache || !recall(point, *cache, key)) {
      ++simulated;
      GANTRY_CHECK(simulate(point, common, jobs));
      if (cache && !point.json.empty()) {
        GANTRY_CHECK(keep(point, *cache, key));
      }
    }
    if (arguments.output.empty()) {
      const std::lock_guard lock(mutex);
      fmt::print(stderr, "{} of {} points\n", ++done, points.size());
    }
    return {};
  };
  GANTRY_CHECK(base::parallel_for(points.size(), jobs, one));
  return simulated.load();
}

/// Into --output, with a line that says so, or to standard output.
base::Result<void> put_out(const SweepArguments& arguments, const std::string& text,
                           std::size_t points, std::size_t simulated) {
  if (arguments.output.empty()) {
    return print(text);
  }
  GANTRY_TRY(const auto is_new, base::write_file_if_changed(arguments.output, text));
  std::vector<std::filesystem::path> inputs = files_of_device(arguments.device);
  if (!arguments.state.empty()) {
    inputs.emplace_back(arguments.state);
  }
  GANTRY_CHECK(write_depfile(arguments.step, arguments.output, std::move(inputs)));
  return is_new ? print(fmt::format("sweep {}: {} points, {} simulated\n",
                                    std::filesystem::path(arguments.output).stem().native(), points,
                                    simulated))
                : base::Result<void>();
}

base::Result<int> sweep(const SweepArguments& arguments) {
  GANTRY_TRY(const auto shard, shard_of(arguments.shard));
  GANTRY_TRY(const auto subject, common_of(arguments));
  const auto& [common, state] = subject;
  GANTRY_TRY(auto points, sweep_grid(common, arguments.vary));
  std::optional<ResultCache> cache;
  if (!arguments.points.empty()) {
    GANTRY_TRY(cache, ResultCache::open(arguments.points));
  }
  const auto part = part_of(longest_first(points), shard);
  GANTRY_TRY(const auto simulated, simulate_all(part, common, state, arguments, cache));
  if (base::interrupted() && !arguments.output.empty()) {
    return 128 + base::interrupt_signal();
  }
  if (cache) {
    cache->trim();
  }
  auto in_order = part;
  std::sort(in_order.begin(), in_order.end());
  const auto is_json = arguments.json || !arguments.output.empty();
  GANTRY_CHECK(put_out(arguments,
                       is_json
                           ? to_json(in_order, setup_of(common.description, common.workload, state))
                           : to_table(in_order),
                       part.size(), simulated));
  return base::interrupted() ? 128 + base::interrupt_signal() : kSuccess;
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("sweep", "Run a workload on variations of a device, several at a time");
  command->footer(
      "The output does not depend on --jobs. With --points, what has been simulated is not\n"
      "simulated again: a sweep of which a value was changed takes the time of the new points,\n"
      "and one that was simulated in shards, by several machines maybe, only reads.\n\n"
      "Examples:\n"
      "  gantry ssd sweep --device ref-a --fill --vary /geometry/channels=4,8 \\\n"
      "    --vary queue-depth=1,8,64\n"
      "  gantry ssd sweep --state drive.state --read 70% --vary queue-depth=1,8,64 \\\n"
      "    --points points --output sweep.json");
  auto arguments = std::make_shared<SweepArguments>();
  command->add_option("--device", arguments->device, "A description, or the name of a profile")
      ->type_name("FILE|PROFILE");
  command
      ->add_option("--state", arguments->state,
                   "Begin every point with this state; options of the workload vary")
      ->type_name("FILE");
  command
      ->add_option("--vary", arguments->vary,
                   "A JSON pointer into the description, or an option, with its values")
      ->type_name("NAME=VALUE,...")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--jobs", arguments->jobs, "Points at a time; default: one for each core");
  command->add_flag("--json", arguments->json, "Print the reports as JSON");
  command->add_flag("--histogram", arguments->histogram,
                    "Put the counts of all latencies into the JSON");
  command
      ->add_option("--output", arguments->output,
                   "Write the reports as JSON to this file, if they are others than it has")
      ->type_name("FILE");
  command
      ->add_option("--points", arguments->points,
                   "Keep the report of each point in this directory and in the user's cache, and "
                   "take from there what is known")
      ->type_name("DIR");
  command->add_option("--shard", arguments->shard, "The part I of N parts of the points alone")
      ->type_name("I/N");
  add_build_step_options(*command, arguments->step);
  add_workload_options(*command, arguments->workload);
  command->callback([&action, arguments] { action = [arguments] { return sweep(*arguments); }; });
}

}  // namespace gantry::cli

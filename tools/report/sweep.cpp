#include "report/sweep.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace gantry::report {

namespace {

constexpr std::size_t kMostPoints = 100'000;
constexpr std::size_t kMostAxes = 32;

SweepPoint read_point(const JsonField& field, const Sweep& sweep) {
  const auto& before = sweep.points;
  SweepPoint point;
  for (const auto& [name, value] : field["point"].members(kMostAxes)) {
    point.settings.emplace_back(name, value.any_text());
  }
  const auto same_name = [](const Setting& a, const Setting& b) { return a.first == b.first; };
  if (!before.empty() &&
      !std::equal(point.settings.begin(), point.settings.end(), before[0].settings.begin(),
                  before[0].settings.end(), same_name)) {
    field["point"].reject("must have the same names as the first point");
  }
  point.report = read_device_report(field["report"]);
  point.analysis = analyse(point.report);
  point.finding = find_limit(point.report, point.analysis,
                             setup_of(sweep.description, sweep.workload, point.settings));
  return point;
}

}  // namespace

base::Result<Sweep> parse_sweep(std::string_view text, std::string name) {
  GANTRY_TRY(auto input, JsonInput::parse(text, std::move(name)));
  const auto root = input.root();
  Sweep sweep;
  const auto description = root["device"]["description"];
  sweep.device = description["name"].text();
  sweep.version = root["gantry"].present() ? root["gantry"].text() : "";
  sweep.description = read_settings(description);
  sweep.workload = read_workload(root);
  for (const auto& point : root["points"].elements(kMostPoints)) {
    sweep.points.push_back(read_point(point, sweep));
  }
  if (sweep.points.empty()) {
    root["points"].reject("must have a point: the sweep was interrupted before the first one");
  }
  GANTRY_CHECK(input.verdict());
  return sweep;
}

std::vector<std::size_t> pareto_front(const std::vector<Merit>& points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return points[a].value != points[b].value ? points[a].value > points[b].value
                                              : points[a].cost < points[b].cost;
  });
  std::vector<std::size_t> front;
  for (const auto at : order) {
    if (front.empty() || points[at].cost < points[front.back()].cost) {
      front.push_back(at);
    }
  }
  return front;
}

std::vector<std::size_t> best_points(const Sweep& sweep) {
  std::vector<Merit> merits;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < sweep.points.size(); ++at) {
    const auto& report = sweep.points[at].report;
    if (const auto tail = report.slowest("99"); tail && report.commands > 0) {
      merits.push_back({*tail, report.iops});
      places.push_back(at);
    }
  }
  auto best = pareto_front(merits);
  for (auto& at : best) {
    at = places[at];
  }
  return best;
}

std::string sentence_of(const Sweep& sweep, const std::vector<std::size_t>& best) {
  if (best.empty()) {
    return "Nothing was measured: at no point did a command end.";
  }
  if (sweep.points.size() == 1) {
    return "There is one point, with which nothing compares.";
  }
  return fmt::format("{} of {} points {} best: no other has more IOPS and a lower p99.",
                     best.size(), sweep.points.size(), best.size() == 1 ? "is" : "are");
}

}  // namespace gantry::report

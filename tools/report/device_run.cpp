#include "report/device_run.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gantry::report {

namespace {

constexpr std::size_t kMostUnits = 65'536;  // dies or channels
constexpr std::size_t kMostBuckets = 65'536;
constexpr std::size_t kMostSettings = 1'000;
constexpr std::size_t kMostOperations = 4;

std::vector<Bucket> read_buckets(const JsonField& field) {
  std::vector<Bucket> buckets;
  for (const auto& pair : field.elements(kMostBuckets)) {
    const auto both = pair.elements(2);
    if (both.size() != 2) {
      pair.reject("must be a latency and a count");
      return buckets;
    }
    buckets.push_back({both[0].amount(), both[1].count()});
    if (buckets.size() > 1 && buckets.back().nanos <= buckets[buckets.size() - 2].nanos) {
      pair.reject("must be longer than the latency before it");
      return buckets;
    }
  }
  return buckets;
}

Latency read_latency(const JsonField& field) {
  Latency latency{field["min"].amount(), field["mean"].amount(), field["max"].amount(), {}, {}};
  if (latency.least > latency.most) {
    field.reject("must have a min that is not above its max");
  }
  latency.percentiles = read_percentiles(field["percentiles"]);
  if (field["counts"].present()) {
    latency.buckets = read_buckets(field["counts"]);
  }
  return latency;
}

Operation read_operation(const std::string& name, const JsonField& field) {
  if (name != "read" && name != "write" && name != "trim" && name != "flush") {
    field.reject("must be named read, write, trim or flush");
  }
  Operation operation{name,
                      field["commands"].count(),
                      field["bytes"].count(),
                      read_latency(field["latency_ns"]),
                      {}};
  const auto time = field["time_ns"];
  for (std::size_t at = 0; at < kParts.size(); ++at) {
    operation.parts[at] = time[kParts[at]].count();
  }
  return operation;
}

std::vector<double> read_shares(const JsonField& field) {
  std::vector<double> shares;
  for (const auto& one : field.elements(kMostUnits)) {
    shares.push_back(one.amount());
  }
  return shares;
}

FlashWork read_flash(const JsonField& field) {
  return {field["reads"].count(),       field["programs"].count(),
          field["erases"].count(),      field["host_pages"].count(),
          field["moved_pages"].count(), field["collection_reads"].count(),
          field["suspends"].count()};
}

Wear read_wear(const JsonField& field) {
  return {field["erases"].count(), field["blocks"].count(), field["least"].count(),
          field["most"].count()};
}

/// Leaves of a value, each named by its way from there: "queues 0 weight".
void flatten(const JsonField& field, const std::string& name, std::vector<Setting>& settings) {
  const auto below = [&](const std::string& key) { return name.empty() ? key : name + " " + key; };
  if (field.is_object()) {
    for (const auto& [key, value] : field.members(kMostSettings)) {
      flatten(value, below(key), settings);
    }
  } else if (field.is_array()) {
    const auto elements = field.elements(kMostSettings);
    if (elements.size() == 1 && !elements[0].is_object()) {
      flatten(elements[0], name, settings);  // one time of all pages
      return;
    }
    for (std::size_t at = 0; at < elements.size(); ++at) {
      flatten(elements[at], below(std::to_string(at)), settings);
    }
    if (elements.empty()) {
      settings.emplace_back(name, "none");
    }
  } else if (settings.size() >= kMostSettings) {
    field.reject("is one setting too many");
  } else {
    settings.emplace_back(name, field.present() ? field.any_text() : "none");
  }
}

std::optional<Delivery> read_delivery(const JsonField& field) {
  if (!field.present()) {
    return std::nullopt;
  }
  return Delivery{field["delivered"].count(), field["late"].count(), field["tolerance_ns"].amount(),
                  field["mean_lateness_ns"].amount(), field["worst_lateness_ns"].amount()};
}

}  // namespace

Parts DeviceReport::parts() const {
  Parts sums{};
  for (const auto& operation : operations) {
    for (std::size_t at = 0; at < sums.size(); ++at) {
      sums[at] += operation.parts[at];
    }
  }
  return sums;
}

std::optional<double> DeviceReport::slowest(std::string_view percentile) const {
  std::optional<double> slowest;
  for (const auto& operation : operations) {
    if (const auto nanos = operation.latency.percentile(percentile)) {
      slowest = std::max(slowest.value_or(0), *nanos);
    }
  }
  return slowest;
}

DeviceReport read_device_report(const JsonField& field) {
  DeviceReport report;
  report.begin = field["begin_ns"].count();
  report.time = field["time_ns"].count();
  report.interrupted = field["interrupted"].flag();
  report.commands = field["commands"].count();
  report.iops = field["iops"].amount();
  report.bytes_per_second = field["bytes_per_second"].amount();
  report.write_amplification = field["write_amplification"].amount();
  if (field["opcodes"].present()) {
    for (const auto& [name, operation] : field["opcodes"].members(kMostOperations)) {
      report.operations.push_back(read_operation(name, operation));
    }
  }
  report.flash = read_flash(field["flash"]);
  const auto utilization = field["utilization"];
  report.dies = read_shares(utilization["dies"]);
  report.channels = read_shares(utilization["channels"]);
  report.link = utilization["link"].amount();
  report.wear = read_wear(field["wear"]);
  if (field["energy_pj"].present()) {
    report.picojoules = field["energy_pj"]["total"].amount();
  }
  const auto steady = field["steady_state"];
  report.steady = {steady["known"].flag(), steady["steady"].flag()};
  return report;
}

std::vector<SettingGroup> read_settings(const JsonField& field) {
  std::vector<SettingGroup> groups(1);
  for (const auto& [key, value] : field.members(kMostSettings)) {
    if (value.is_object()) {
      groups.push_back({key, {}});
      flatten(value, "", groups.back().settings);
    } else if (key != "name" && key != "origin") {
      flatten(value, key, groups.front().settings);
    }
  }
  std::erase_if(groups, [](const SettingGroup& group) { return group.settings.empty(); });
  return groups;
}

std::vector<Setting> read_workload(const JsonField& root) {
  std::vector<Setting> settings;
  for (const auto* name : {"workload", "trace"}) {
    if (root[name].present()) {
      flatten(root[name], "", settings);
    }
  }
  std::erase_if(settings, [](const Setting& setting) { return setting.second == "none"; });
  return settings;
}

base::Result<DeviceRun> parse_device_run(std::string_view text, std::string name) {
  GANTRY_TRY(auto input, JsonInput::parse(text, std::move(name)));
  const auto root = input.root();
  DeviceRun run;
  // The program wraps the description with its name and digest; the library gives it alone.
  const auto device = root["device"];
  const auto description = device.present() ? device["description"] : root["description"];
  run.device = description["name"].text();
  run.digest = device["sha256"].present() ? device["sha256"].text() : "";
  run.version = root["gantry"].present() ? root["gantry"].text() : "";
  run.description = read_settings(description);
  run.workload = read_workload(root);
  run.attribution = !description["attribution"].present() || description["attribution"].flag();
  run.report = read_device_report(root["report"]);
  run.delivery = read_delivery(root["delivery"]);
  GANTRY_CHECK(input.verdict());
  return run;
}

}  // namespace gantry::report

#include "report/summary_json.hpp"

#include <nlohmann/json.hpp>

namespace gantry::report {

namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

/// Whole numbers as such.
Json number(double value) {
  constexpr double kExact = 9007199254740992;
  return value >= 0 && value < kExact &&
                 value == static_cast<double>(static_cast<std::uint64_t>(value))
             ? Json(static_cast<std::uint64_t>(value))
             : Json(value);
}

Json latency_json(const Latency& latency, const char* percentiles) {
  Json json = {{"min", number(latency.least)},
               {"mean", number(latency.mean)},
               {"max", number(latency.most)}};
  for (const auto& one : latency.percentiles) {
    json[percentiles][one.name] = number(one.nanos);
  }
  return json;
}

Json parts_json(const Parts& parts) {
  auto json = Json::object();
  for (std::size_t at = 0; at < kParts.size(); ++at) {
    json[kParts[at]] = parts[at];
  }
  return json;
}

Json report_json(const DeviceReport& report) {
  Json json = {{"begin_ns", report.begin},
               {"time_ns", report.time},
               {"interrupted", report.interrupted},
               {"commands", report.commands},
               {"iops", number(report.iops)},
               {"bytes_per_second", number(report.bytes_per_second)},
               {"write_amplification", number(report.write_amplification)},
               {"opcodes", Json::object()}};
  for (const auto& operation : report.operations) {
    json["opcodes"][operation.name] = {
        {"commands", operation.commands},
        {"bytes", operation.bytes},
        {"latency_ns", latency_json(operation.latency, "percentiles")},
        {"time_ns", parts_json(operation.parts)}};
  }
  const auto& flash = report.flash;
  json["flash"] = {{"reads", flash.reads},
                   {"programs", flash.programs},
                   {"erases", flash.erases},
                   {"host_pages", flash.host_pages},
                   {"moved_pages", flash.moved_pages},
                   {"collection_reads", flash.collection_reads},
                   {"suspends", flash.suspends}};
  json["utilization"] = {
      {"dies", report.dies}, {"channels", report.channels}, {"link", number(report.link)}};
  json["wear"] = {{"erases", report.wear.erases},
                  {"blocks", report.wear.blocks},
                  {"least", report.wear.least},
                  {"most", report.wear.most}};
  json["energy_pj"] =
      report.picojoules ? Json{{"total", number(*report.picojoules)}} : Json(nullptr);
  json["steady_state"] = {{"known", report.steady.known}, {"steady", report.steady.steady}};
  return json;
}

Json spread_json(const Spread& spread) {
  return {{"least", number(spread.least)},
          {"mean", number(spread.mean)},
          {"most", number(spread.most)}};
}

Json derived_json(const DeviceReport& report, const Analysis& analysis) {
  Json json = {{"dies", spread_json(analysis.dies)},
               {"channels", spread_json(analysis.channels)},
               {"link", number(analysis.link)},
               {"mean_latency_ns", number(analysis.mean_latency)},
               {"under_way", number(analysis.under_way)},
               {"moved", number(analysis.moved)},
               {"mean_erases", number(analysis.mean_erases)}};
  if (const auto tail = report.slowest("99")) {
    json["p99_ns"] = number(*tail);
  }
  for (std::size_t at = 0; at < kParts.size(); ++at) {
    json["shares"][kParts[at]] = number(analysis.shares[at]);
  }
  json["opcodes"] = Json::object();
  for (std::size_t at = 0; at < report.operations.size(); ++at) {
    auto& opcode = json["opcodes"][report.operations[at].name];
    opcode = {{"iops", number(analysis.operations[at].iops)},
              {"bytes_per_second", number(analysis.operations[at].bytes_per_second)}};
    const auto shares = shares_of(report.operations[at].parts);
    for (std::size_t part = 0; part < kParts.size(); ++part) {
      opcode["shares"][kParts[part]] = number(shares[part]);
    }
  }
  return json;
}

Json limit_json(const Finding& finding) {
  return {{"part", finding.limit}, {"sentence", finding.sentence}};
}

Json fio_json(const FioRun& fio) {
  Json json = {{"fio version", fio.version}, {"jobs", Json::array()}};
  for (const auto& job : fio.jobs) {
    Json one = {{"jobname", job.name}};
    for (const auto& direction : job.directions) {
      one[direction.name] = {{"total_ios", direction.commands},
                             {"iops", number(direction.iops)},
                             {"bw_bytes", number(direction.bytes_per_second)},
                             {"clat_ns", latency_json(direction.completion, "percentile")},
                             {"lat_ns", latency_json(direction.whole, "percentile")}};
    }
    json["jobs"].push_back(std::move(one));
  }
  return json;
}

Json delivery_json(const Delivery& delivery) {
  return {{"delivered", delivery.delivered},
          {"late", delivery.late},
          {"tolerance_ns", number(delivery.tolerance)},
          {"mean_lateness_ns", number(delivery.mean_lateness)},
          {"worst_lateness_ns", number(delivery.worst_lateness)}};
}

Json run_json(const Run& run) {
  const auto& device = run.device;
  Json json = {{"name", run.name},
               {"command", or_null(run.command)},
               {"device", {{"name", device.device}, {"sha256", or_null(device.digest)}}},
               {"report", report_json(device.report)},
               {"derived", derived_json(device.report, run.analysis)},
               {"limit", limit_json(run.finding)}};
  json["delivery"] = device.delivery ? delivery_json(*device.delivery) : Json(nullptr);
  json["fio"] = run.fio ? fio_json(*run.fio) : Json(nullptr);
  return json;
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string summary_json(const RunDocument& document) {
  Json json = {{"title", document.title}, {"runs", Json::array()}};
  for (const auto& run : document.runs) {
    json["runs"].push_back(run_json(run));
  }
  return text_of(json);
}

std::string summary_json(const Sweep& sweep) {
  Json json = {{"title", sweep.title},
               {"command", or_null(sweep.command)},
               {"device", {{"name", sweep.device}}},
               {"axes", Json::array()},
               {"points", Json::array()}};
  for (const auto& [name, value] : sweep.points.front().settings) {
    json["axes"].push_back(name);
  }
  for (const auto& point : sweep.points) {
    auto settings = Json::object();
    for (const auto& [name, value] : point.settings) {
      settings[name] = value;
    }
    json["points"].push_back({{"point", settings},
                              {"report", report_json(point.report)},
                              {"derived", derived_json(point.report, point.analysis)},
                              {"limit", limit_json(point.finding)}});
  }
  return text_of(json);
}

}  // namespace gantry::report

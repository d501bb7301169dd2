#include <array>
#include <cstdint>
#include <limits>

#include <nlohmann/json.hpp>

#include "workload/report_output.hpp"

namespace gantry::workload {

namespace {

using Json = nlohmann::ordered_json;

struct Percentile {
  const char* name;
  std::uint32_t per_million;
};
constexpr std::array kPercentiles = {Percentile{"50", 500'000},     Percentile{"90", 900'000},
                                     Percentile{"95", 950'000},     Percentile{"99", 990'000},
                                     Percentile{"99.9", 999'000},   Percentile{"99.99", 999'900},
                                     Percentile{"99.999", 999'990}, Percentile{"99.9999", 999'999}};

Json latency_json(const Histogram& latency, bool histograms) {
  Json json = {{"min", latency.min().count()},
               {"mean", latency.mean().count()},
               {"max", latency.max().count()}};
  for (const auto& [name, per_million] : kPercentiles) {
    json["percentiles"][name] = latency.percentile(per_million).count();
  }
  if (histograms) {
    auto& counts = json["counts"] = Json::array();
    for (const auto& [least, count] : latency.counts()) {
      counts.push_back({least.count(), count});
    }
  }
  return json;
}

Json opcode_json(const OpcodeReport& opcode, const Report& report, bool histograms) {
  Json json = {{"commands", opcode.commands},
               {"bytes", opcode.pages * report.mapping_bytes},
               {"latency_ns", latency_json(opcode.latency, histograms)}};
  const auto& parts = opcode.parts;
  json["time_ns"] = {{"queue", parts.queue.count()},           {"buffer", parts.buffer.count()},
                     {"channel", parts.channel.count()},       {"die", parts.die.count()},
                     {"collection", parts.collection.count()}, {"link", parts.link.count()}};
  return json;
}

Json shares_json(const std::vector<ssd::Nanos>& busy, ssd::Nanos time) {
  auto json = Json::array();
  for (const auto nanos : busy) {
    json.push_back(time <= ssd::Nanos{0}
                       ? 0.0
                       : static_cast<double>(nanos.count()) / static_cast<double>(time.count()));
  }
  return json;
}

/// As an integer, if it is one of 64 bits.
Json number_json(ssd::Wide number) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  return number <= kMost ? Json(static_cast<std::uint64_t>(number))
                         : Json(static_cast<double>(number));
}

Json energy_json(const Report& report) {
  if (!report.energy) {
    return nullptr;
  }
  const auto& energy = *report.energy;
  const auto bytes = report.host_bytes();
  return {{"reads", number_json(energy.reads)},
          {"programs", number_json(energy.programs)},
          {"erases", number_json(energy.erases)},
          {"transfers", number_json(energy.transfers)},
          {"idle", number_json(energy.idle)},
          {"total", number_json(energy.total())},
          {"per_host_byte",
           bytes == 0 ? Json(nullptr)
                      : Json(static_cast<double>(energy.total()) / static_cast<double>(bytes))}};
}

Json excursion_json(const Excursion& excursion) {
  return {{"range", excursion.range}, {"slope", excursion.slope}};
}

}  // namespace

std::string_view name_of(ssd::Opcode opcode) {
  constexpr std::array<std::string_view, kOpcodes> kNames = {"read", "write", "trim", "flush"};
  return kNames[static_cast<std::size_t>(opcode)];
}

std::string to_json(const Report& report, bool histograms) {
  Json json = {{"begin_ns", report.begin.count()},
               {"time_ns", report.time().count()},
               {"interrupted", report.interrupted},
               {"generated", report.generated},
               {"serviced", report.serviced},
               {"commands", report.commands()},
               {"iops", report.iops()},
               {"bytes_per_second", report.bandwidth()},
               {"write_amplification", report.write_amplification()}};
  for (std::size_t at = 0; at < kOpcodes; ++at) {
    const auto opcode = static_cast<ssd::Opcode>(at);
    if (report.of(opcode).commands > 0) {
      json["opcodes"][name_of(opcode)] = opcode_json(report.of(opcode), report, histograms);
    }
  }
  const auto& flash = report.flash;
  json["flash"] = {{"reads", flash.reads},
                   {"programs", flash.programs},
                   {"erases", flash.erases},
                   {"host_pages", flash.host_pages},
                   {"moved_pages", flash.moved_pages},
                   {"collection_reads", flash.collection_reads},
                   {"empty_pages", flash.empty_pages},
                   {"suspends", flash.suspends},
                   {"transferred_pages", flash.transferred_pages}};
  json["utilization"] = {{"dies", shares_json(report.die_busy, report.time())},
                         {"channels", shares_json(report.channel_busy, report.time())},
                         {"link", shares_json({report.link_busy}, report.time())[0]}};
  json["wear"] = {{"erases", report.wear.erases},
                  {"blocks", report.wear.blocks},
                  {"least", report.wear.least},
                  {"most", report.wear.most}};
  json["energy_pj"] = energy_json(report);
  json["pages"] = {{"logical", report.logical_pages},
                   {"mapped", report.mapped_pages},
                   {"bytes", report.mapping_bytes}};
  const auto& steady = report.steady_state;
  json["steady_state"] = {{"known", steady.is_known},
                          {"steady", steady.is_steady()},
                          {"commands", excursion_json(steady.commands)},
                          {"amplification", excursion_json(steady.amplification)}};
  return json.dump(2) + "\n";
}

}  // namespace gantry::workload

#include <string>

#include <nlohmann/json.hpp>

#include "ssd/translation.hpp"
#include "workload/explanation.hpp"
#include "workload/report_output.hpp"

namespace gantry::workload {

namespace {

using Json = nlohmann::ordered_json;

Json pages_json(const std::vector<ssd::Lpn>& pages) {
  auto json = Json::array();
  for (const auto page : pages) {
    json.push_back(page == ssd::kNoLpn ? Json(nullptr) : Json(ssd::index(page)));
  }
  return json;
}

Json collection_json(const ssd::Activity& activity, const ssd::Parameters& parameters) {
  return {{"block", ssd::index(activity.victim)},
          {"plane", ssd::index(activity.plane)},
          {"valid_pages", activity.valid_at_begin},
          {"pages", parameters.geometry.slots_per_block()},
          {"room_pages", activity.room_at_begin},
          {"wanted_room_pages", ssd::wanted_room(parameters, activity.room_at_begin)}};
}

Json causes_json(const std::vector<Cause>& causes, const ssd::Parameters& parameters,
                 const NumberOf& number_of) {
  auto json = Json::array();
  for (const auto& cause : causes) {
    const auto& first = cause.first;
    Json one = {{"die", ssd::index(first.die)}, {"begin_ns", cause.begin.count()},
                {"end_ns", cause.end.count()},  {"time_ns", cause.time.count()},
                {"reads", cause.reads},         {"programs", cause.programs},
                {"erases", cause.erases},       {"suspends", cause.suspends}};
    if (first.activity.collects()) {
      one["collection"] = collection_json(first.activity, parameters);
    } else {
      one["request"] = first.command ? Json(number_of(*first.command)) : Json(nullptr);
      one["pages"] = pages_json(first.pages);
    }
    json.push_back(std::move(one));
  }
  return json;
}

}  // namespace

std::string to_json(const Explanation& explanation, const ssd::Parameters& parameters,
                    const NumberOf& number_of) {
  const auto& [command, time, latency] = explanation.completion;
  Json json = {{"request", explanation.number},    {"opcode", name_of(command.opcode)},
               {"page", ssd::index(command.lpn)},  {"pages", command.pages},
               {"queue", command.queue},           {"force_unit_access", command.force_unit_access},
               {"begin_ns", command.time.count()}, {"latency_ns", (time - command.time).count()}};
  json["time_ns"] = {{"queue", latency.queue.count()},           {"buffer", latency.buffer.count()},
                     {"channel", latency.channel.count()},       {"die", latency.die.count()},
                     {"collection", latency.collection.count()}, {"link", latency.link.count()}};
  const auto& backlog = explanation.backlog;
  json["ahead"] = {{"queued", backlog.queued},
                   {"waiting_for_buffer", backlog.admitting},
                   {"dirty_pages", backlog.dirty}};
  json["flash"] = nullptr;
  if (explanation.flash) {
    const auto& way = *explanation.flash;
    json["flash"] = {{"die", ssd::index(way.die)},
                     {"channel", ssd::index(way.channel)},
                     {"operation", way.is_read ? "read" : "program"},
                     {"pages", pages_json(way.pages)},
                     {"begin_ns", way.begin.count()},
                     {"end_ns", way.end.count()},
                     {"array_ns", way.array.count()},
                     {"channel_wait_ns", way.channel_wait.count()},
                     {"transfer_ns", way.transfer.count()},
                     {"die_behind", causes_json(way.on_die, parameters, number_of)},
                     {"channel_behind", causes_json(way.on_channel, parameters, number_of)}};
  }
  json["buffer_behind"] = causes_json(explanation.meanwhile, parameters, number_of);
  return json.dump(2) + "\n";
}

}  // namespace gantry::workload

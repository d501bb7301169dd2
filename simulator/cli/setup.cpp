#include "cli/setup.hpp"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/sha256.hpp"
#include "cli/version.hpp"

namespace gantry::cli {

namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json or_null(std::uint64_t number) {
  return number == 0 ? Json(nullptr) : Json(number);
}

Json begin(const config::Description& description, const StateSetup& state) {
  const auto text = config::write(description);
  return {
      {"gantry", kVersion},
      {"device",
       {{"name", description.name}, {"sha256", sha256(text)}, {"description", Json::parse(text)}}},
      {"state", state.file.empty() ? Json(nullptr)
                                   : Json{{"file", state.file},
                                          {"checksum", fmt::format("{:016x}", state.checksum)}}}};
}

Setup setup(const config::Description& description, const Json& json) {
  return {description.name, json.dump()};
}

}  // namespace

Setup setup_of(const config::Description& description, const WorkloadOptions& options,
               const StateSetup& state) {
  const bool is_closed =
      options.arrivals == "closed" || (options.arrivals.empty() && options.rate.empty());
  const bool has_extent = !options.time.empty() || !options.bytes.empty() || options.commands > 0;
  const auto page = std::to_string(description.parameters.geometry.mapping_bytes) + "B";
  auto json = begin(description, state);
  json["workload"] = {{"pattern", options.pattern},
                      {"read", options.read},
                      {"trim", options.trim},
                      {"fua", options.force_unit_access},
                      {"flush-every", or_null(options.flush_every)},
                      {"block-size", options.block_size.empty() ? page : options.block_size},
                      {"arrivals", !options.arrivals.empty() ? options.arrivals
                                   : is_closed               ? "closed"
                                                             : "poisson"},
                      {"queue-depth", is_closed ? Json(options.queue_depth) : Json(nullptr)},
                      {"think", is_closed ? Json(options.think) : Json(nullptr)},
                      {"rate", or_null(options.rate)},
                      {"burst", options.arrivals == "bursty" ? Json(options.burst) : Json(nullptr)},
                      {"streams", options.streams},
                      {"namespace", or_null(options.space)},
                      {"time", has_extent ? or_null(options.time) : Json("1s")},
                      {"commands", or_null(options.commands)},
                      {"bytes", or_null(options.bytes)},
                      {"warm-up", or_null(options.warm_up)},
                      {"fill", options.fill},
                      {"seed", options.seed}};
  return setup(description, json);
}

base::Result<Setup> setup_of(const config::Description& description, const ReplaySetup& options,
                             const workload::Replay& source, const StateSetup& state) {
  GANTRY_TRY(const auto digest, sha256_of_file(options.trace));
  const auto& reader = source.reader();
  auto json = begin(description, state);
  json["trace"] = {{"file", options.trace},
                   {"sha256", or_null(digest)},
                   {"format", workload::name_of(reader.format())},
                   {"lines", reader.lines()},
                   {"requests", source.requests()},
                   {"queue-depth", or_null(options.queue_depth)},
                   {"beyond", options.beyond},
                   {"fill", options.fill},
                   {"namespace", or_null(options.space)},
                   {"until", or_null(options.until)}};
  return setup(description, json);
}

}  // namespace gantry::cli

#include "report/finding.hpp"

#include <numeric>

#include <fmt/format.h>

#include "report/quantity.hpp"

namespace gantry::report {

namespace {

// A part that is busy for so long has a queue before it most of the time.
constexpr double kSaturated = 0.8;
// Above this the busiest part makes commands wait, and more of them at a time still gives more.
constexpr double kBusy = 0.5;
constexpr double kUneven = 0.9;  // of the busiest die, while the dies are not saturated

enum Part : std::size_t { kQueue, kBuffer, kChannel, kDie, kCollection, kLink };

std::string percent(double share) {
  return text_of(share, Unit::kShare);
}

/// The kind of part that is busiest on average.
struct Busiest {
  const char* limit;
  const char* plural;  ///< "the dies"
  const char* one;     ///< "die"; empty if there is only one
  Spread spread;
  double latency_share;
  const char* latency;  ///< what that share is
};

Busiest busiest_of(const Analysis& analysis) {
  const auto& shares = analysis.shares;
  Busiest busiest{"dies",
                  "the dies",
                  "die",
                  analysis.dies,
                  shares[kDie] + shares[kCollection],
                  "waiting for a die and its work"};
  if (analysis.channels.mean > busiest.spread.mean) {
    busiest = {"channels",        "the channels",   "channel",
               analysis.channels, shares[kChannel], "waiting for a channel and on it"};
  }
  if (analysis.link > busiest.spread.mean) {
    busiest = {"link",
               "the link to the host",
               "",
               {analysis.link, analysis.link, analysis.link},
               shares[kLink],
               "waiting for the link and on it"};
  }
  return busiest;
}

/// ", and 61.0 % of the mean latency is ..."; nothing if that is not known.
std::string latency_clause(const Busiest& busiest, bool known) {
  return known ? fmt::format(", and {} of the mean latency is {}", percent(busiest.latency_share),
                             busiest.latency)
               : "";
}

std::string capitalized(std::string text) {
  text[0] = text[0] == 't' ? 'T' : text[0];
  return text;
}

Finding saturated(const DeviceReport& report, const Analysis& analysis, const Busiest& busiest,
                  bool known) {
  const bool is_dies = std::string_view(busiest.limit) == "dies";
  if (is_dies && (analysis.moved >= 0.5 || analysis.shares[kCollection] >= 0.25)) {
    return {"garbage collection",
            fmt::format("Garbage collection limits this drive: the dies are {} busy on average, "
                        "{} of the pages put into flash are those that it moves (write "
                        "amplification {}){}.",
                        percent(analysis.dies.mean), percent(analysis.moved),
                        text_of(report.write_amplification, Unit::kFactor),
                        known ? fmt::format(", and {} of the mean latency is waiting for it",
                                            percent(analysis.shares[kCollection]))
                              : "")};
  }
  const bool is_one = busiest.one[0] == '\0';
  return {busiest.limit,
          fmt::format("{} limit{} this drive: {} busy{}{}.", capitalized(busiest.plural),
                      is_one ? "s" : "", percent(busiest.spread.mean), is_one ? "" : " on average",
                      latency_clause(busiest, known))};
}

Finding uneven(const Busiest& busiest) {
  return {fmt::format("one {}", busiest.one),
          fmt::format("A single {} limits this drive: the busiest is {} busy, while {} are {} busy "
                      "on average: the load is uneven.",
                      busiest.one, percent(busiest.spread.most), busiest.plural,
                      percent(busiest.spread.mean))};
}

Finding unsaturated(const Analysis& analysis, const Busiest& busiest, bool known) {
  const auto* const verb = busiest.one[0] == '\0' ? "is" : "are";
  if (known && analysis.shares[kQueue] >= 0.5) {
    return {"controller",
            fmt::format("The controller limits this drive: {} of the mean latency is waiting for "
                        "it to take a command up and its work, while {}, the busiest part behind "
                        "it, {} {} busy.",
                        percent(analysis.shares[kQueue]), busiest.plural, verb,
                        percent(busiest.spread.mean))};
  }
  if (busiest.spread.mean >= kBusy) {
    return {busiest.limit,
            fmt::format("{} come{} closest to limiting this drive: {} busy{}{}. No part is "
                        "saturated: more commands at a time would give more of them.",
                        capitalized(busiest.plural), busiest.one[0] == '\0' ? "s" : "",
                        percent(busiest.spread.mean), busiest.one[0] == '\0' ? "" : " on average",
                        latency_clause(busiest, known))};
  }
  return {"workload",
          fmt::format("The workload limits this run, not the drive: {}, the busiest part, {} {} "
                      "busy{}{}.",
                      busiest.plural, verb, percent(busiest.spread.mean),
                      busiest.one[0] == '\0' ? "" : " on average", latency_clause(busiest, known))};
}

}  // namespace

Finding find_limit(const DeviceReport& report, const Analysis& analysis) {
  if (report.commands == 0) {
    return {"nothing", "Nothing was measured: no command ended."};
  }
  const bool known = std::accumulate(analysis.shares.begin(), analysis.shares.end(), 0.0) > 0;
  const auto busiest = busiest_of(analysis);
  if (busiest.spread.mean >= kSaturated) {
    return saturated(report, analysis, busiest, known);
  }
  if (busiest.one[0] != '\0' && busiest.spread.most >= kUneven) {
    return uneven(busiest);
  }
  return unsaturated(analysis, busiest, known);
}

}  // namespace gantry::report

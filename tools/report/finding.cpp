#include "report/finding.hpp"

#include <algorithm>
#include <array>
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

constexpr double kWaitedFor = 0.1;  // of the commands' time: with less a busy part delays nobody
constexpr double kOneByOne = 1.5;   // commands under way: they are not in each other's way

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

/// What is judged, and what follows from it.
struct Judgement {
  const DeviceReport& report;
  const Analysis& analysis;
  const RunSetup& setup;
  bool is_known = false;  ///< what commands' time is made of
  double room = 0;        ///< share of it that commands waited for room in the write buffer
  Busiest busiest{};
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

/// What is in the write buffer has the time that its access takes, also when there is room.
double share_of_room(const DeviceReport& report, const RunSetup& setup) {
  const auto parts = report.parts();
  const auto whole = std::accumulate(parts.begin(), parts.end(), 0.0);
  double access = 0;
  for (const auto& operation : report.operations) {
    if (operation.parts[kBuffer] > 0) {
      access += static_cast<double>(operation.commands) * setup.buffer_access;
    }
  }
  return whole <= 0 ? 0 : std::max(static_cast<double>(parts[kBuffer]) - access, 0.0) / whole;
}

/// Whether it makes commands wait: itself, or by the write buffer before it.
bool is_waited_for(const Judgement& of) {
  const auto behind_buffer = of.busiest.one[0] == '\0' ? 0 : of.room;
  return !of.is_known || of.busiest.latency_share + behind_buffer >= kWaitedFor;
}

/// ", and 61.0 % of the mean latency is ..."; nothing if that is not known.
std::string latency_clause(const Judgement& of) {
  if (!of.is_known) {
    return "";
  }
  const auto& shares = of.analysis.shares;
  auto share = of.busiest.latency_share;
  const auto* what = of.busiest.latency;
  const auto is_more = [&](double other, const char* is) {
    if (other > share) {
      share = other;
      what = is;
    }
  };
  if (share >= kWaitedFor && of.busiest.spread.mean >= kBusy) {
    return fmt::format(", and {} of the mean latency is {}", percent(share), what);
  }
  is_more(shares[kDie] + shares[kCollection], "waiting for a die and its work");
  is_more(shares[kBuffer], of.room >= kWaitedFor ? "waiting for room in the write buffer"
                                                 : "the write buffer's access");
  is_more(shares[kLink], "waiting for the link and on it");
  is_more(shares[kQueue], "waiting for the controller and its work");
  return fmt::format(", and {} of the mean latency is {}", percent(share), what);
}

std::string capitalized(std::string text) {
  text[0] = text[0] == 't' ? 'T' : text[0];
  return text;
}

/// ", 98.0 % of that with programs": what arrays of dies do most, if it is known.
std::string work_clause(const Judgement& of) {
  const auto& flash = of.report.flash;
  struct Work {
    double time;
    const char* name;
  };
  const std::array works = {
      Work{static_cast<double>(flash.reads + flash.collection_reads) * of.setup.read, "reads"},
      Work{static_cast<double>(flash.programs) * of.setup.program, "programs"},
      Work{static_cast<double>(flash.erases) * of.setup.erase, "erases"}};
  const auto whole = works[0].time + works[1].time + works[2].time;
  const auto& most = *std::max_element(
      works.begin(), works.end(), [](const Work& a, const Work& b) { return a.time < b.time; });
  return whole <= 0 ? ""
                    : fmt::format(", {} of that with {}", percent(most.time / whole), most.name);
}

/// "the dies, the busiest part, are 3.0 % busy on average, and ..."
std::string busiest_clause(const Judgement& of) {
  const bool is_one = of.busiest.one[0] == '\0';
  return fmt::format("{}, the busiest part, {} {} busy{}{}", of.busiest.plural,
                     is_one ? "is" : "are", percent(of.busiest.spread.mean),
                     is_one ? "" : " on average", latency_clause(of));
}

Finding saturated(const Judgement& of) {
  const auto& [report, analysis, setup, is_known, room, busiest] = of;
  const bool is_dies = std::string_view(busiest.limit) == "dies";
  if (is_dies && (analysis.moved >= 0.5 || analysis.shares[kCollection] >= 0.25)) {
    return {"garbage collection",
            fmt::format("Garbage collection limits this drive: the dies are {} busy on average, "
                        "{} of the pages put into flash are those that it moves (write "
                        "amplification {}){}.",
                        percent(analysis.dies.mean), percent(analysis.moved),
                        text_of(report.write_amplification, Unit::kFactor),
                        !is_known || analysis.shares[kCollection] < kWaitedFor
                            ? latency_clause(of)
                            : fmt::format(", and {} of the mean latency is waiting for it",
                                          percent(analysis.shares[kCollection])))};
  }
  const bool is_one = busiest.one[0] == '\0';
  return {busiest.limit,
          fmt::format("{} limit{} this drive: {} busy{}{}{}.", capitalized(busiest.plural),
                      is_one ? "s" : "", percent(busiest.spread.mean), is_one ? "" : " on average",
                      is_dies ? work_clause(of) : "", latency_clause(of))};
}

Finding uneven(const Busiest& busiest) {
  return {fmt::format("one {}", busiest.one),
          fmt::format("A single {} limits this drive: the busiest is {} busy, while {} are {} busy "
                      "on average: the load is uneven.",
                      busiest.one, percent(busiest.spread.most), busiest.plural,
                      percent(busiest.spread.mean))};
}

/// The host has not asked for more.
Finding idle(const Judgement& of) {
  const auto& setup = of.setup;
  const auto under_way = fixed(of.analysis.under_way, 1);
  if (!setup.rate.empty()) {
    return {"host rate", fmt::format("The rate of the host limits this run, not the drive: at {} "
                                     "{}.",
                                     setup.rate, busiest_clause(of))};
  }
  if (!setup.think.empty() && of.analysis.under_way < static_cast<double>(setup.depth) * kBusy) {
    return {"host pauses",
            fmt::format("Pauses of the host limit this run, not the drive: it waits {} after each "
                        "command, so that {} of {} are under way on average; {}.",
                        setup.think, under_way, setup.depth, busiest_clause(of))};
  }
  if (setup.depth > 0) {
    return {"queue depth",
            fmt::format("The queue depth limits this run, not the drive: with {} command{} at a "
                        "time {}. More at a time would give more of them.",
                        grouped(setup.depth), setup.depth == 1 ? "" : "s", busiest_clause(of))};
  }
  return {"workload", fmt::format("The workload limits this run, not the drive: with {} commands "
                                  "under way on average {}.",
                                  under_way, busiest_clause(of))};
}

Finding unsaturated(const Judgement& of) {
  const auto& busiest = of.busiest;
  const bool is_one = busiest.one[0] == '\0';
  if (of.is_known && of.analysis.under_way > kOneByOne && of.analysis.shares[kQueue] >= 0.5) {
    return {"controller",
            fmt::format("The controller limits this drive: {} of the mean latency is waiting for "
                        "it to take a command up and its work, while {}, the busiest part behind "
                        "it, {} {} busy.",
                        percent(of.analysis.shares[kQueue]), busiest.plural, is_one ? "is" : "are",
                        percent(busiest.spread.mean))};
  }
  if (of.room >= 0.5) {
    return {"write buffer",
            fmt::format("The write buffer limits this drive: {} of the mean latency is waiting for "
                        "room in it, while {}, the busiest part, {} {} busy.",
                        percent(of.room), busiest.plural, is_one ? "is" : "are",
                        percent(busiest.spread.mean))};
  }
  if (busiest.spread.mean >= kBusy && of.analysis.under_way > kOneByOne && is_waited_for(of)) {
    return {busiest.limit,
            fmt::format(
                "{} come{} closest to limiting this drive: {} busy{}{}. No part is "
                "saturated: {} would give more of them.",
                capitalized(busiest.plural), is_one ? "s" : "", percent(busiest.spread.mean),
                is_one ? "" : " on average", latency_clause(of),
                of.setup.rate.empty() ? "more commands at a time" : "commands at a higher rate")};
  }
  return idle(of);
}

}  // namespace

Finding find_limit(const DeviceReport& report, const Analysis& analysis, const RunSetup& setup) {
  if (report.commands == 0) {
    return {"nothing", "Nothing was measured: no command ended."};
  }
  Judgement of{report, analysis, setup, false, share_of_room(report, setup), busiest_of(analysis)};
  of.is_known = std::accumulate(analysis.shares.begin(), analysis.shares.end(), 0.0) > 0;
  if (of.busiest.spread.mean >= kSaturated && is_waited_for(of)) {
    return saturated(of);
  }
  if (of.busiest.one[0] != '\0' && of.busiest.spread.most >= kUneven && is_waited_for(of) &&
      analysis.under_way > kOneByOne) {
    return uneven(of.busiest);
  }
  return unsaturated(of);
}

}  // namespace gantry::report

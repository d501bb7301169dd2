#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "ssd/translation.hpp"
#include "workload/explanation.hpp"
#include "workload/report_output.hpp"

namespace gantry::workload {

namespace {

constexpr std::size_t kMostShown = 10;

std::string plural(std::uint64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// "page 5", "pages 5 to 8", "pages 5, 9".
std::string pages_text(std::vector<ssd::Lpn> pages) {
  std::erase(pages, ssd::kNoLpn);
  if (pages.empty()) {
    return "pages that were written anew since";
  }
  const auto first = ssd::index(pages.front());
  const auto count = static_cast<std::uint32_t>(pages.size());
  bool is_run = true;
  std::string list;
  for (std::uint32_t at = 0; at < count; ++at) {
    is_run = is_run && ssd::index(pages[at]) == first + at;
    list += fmt::format("{}{}", at == 0 ? "" : ", ", ssd::index(pages[at]));
  }
  if (count == 1) {
    return fmt::format("page {}", first);
  }
  return is_run ? fmt::format("pages {} to {}", first, first + count - 1) : "pages " + list;
}

class Text {
 public:
  Text(const Explanation& explanation, const ssd::Parameters& parameters, const NumberOf& number_of)
      : explanation_(explanation), parameters_(parameters), number_of_(number_of) {}

  std::string operator()() {
    parts();
    backlog();
    if (explanation_.flash) {
      flash(*explanation_.flash);
    }
    if (!explanation_.meanwhile.empty()) {
      text_ += "while it waited for the write buffer, the dies did:\n";
      causes(explanation_.meanwhile, true);
    }
    return std::move(text_);
  }

 private:
  void line(const char* name, ssd::Nanos time, std::string_view what) {
    text_ += fmt::format("  {:<12}{:>14} ns  {}\n", name, time.count(), what);
  }

  void parts() {
    const auto& [command, time, latency] = explanation_.completion;
    text_ =
        fmt::format("request {}: {} of {} from page {}, at {} ns, took {} ns\n",
                    explanation_.number, name_of(command.opcode), plural(command.pages, "page"),
                    ssd::index(command.lpn), command.time.count(), (time - command.time).count());
    line("queue", latency.queue, "until the controller took it up, and the controller's work");
    line("buffer", latency.buffer, "for room in the write buffer, and its access");
    line("channel", latency.channel, "for the channel, and on it");
    line("die", latency.die, "for the die, and in its array");
    line("collection", latency.collection, "while garbage collection had the die");
    line("link", latency.link, "for the link to the host, and on it");
  }

  void backlog() {
    const auto& backlog = explanation_.backlog;
    const auto limit = parameters_.front_end.commands_in_device;
    text_ += fmt::format("when it came, {} waited for the controller{}",
                         plural(backlog.queued, "command"),
                         limit == 0 ? "" : fmt::format(", which takes {} at a time", limit));
    if (parameters_.buffer.pages > 0) {
      text_ +=
          fmt::format(", {} for room in the write buffer; {} of its {} pages were dirty",
                      plural(backlog.admitting, "write"), backlog.dirty, parameters_.buffer.pages);
    }
    text_ += '\n';
  }

  void flash(const FlashWay& way) {
    text_ +=
        fmt::format("flash: the {} of {}, at die {} on channel {}, from {} to {} ns\n",
                    way.is_read ? "read" : "program", pages_text(way.pages), ssd::index(way.die),
                    ssd::index(way.channel), way.begin.count(), way.end.count());
    causes(way.on_die, false);
    line("itself", way.array, "in the array, with its command");
    if (way.channel_wait > ssd::Nanos{0}) {
      line("wait", way.channel_wait, "for the channel, behind:");
      causes(way.on_channel, true);
    }
    line("transfer", way.transfer, "on the channel");
  }

  void causes(const std::vector<Cause>& causes, bool with_die) {
    for (std::size_t at = 0; at < std::min(causes.size(), kMostShown); ++at) {
      const auto& cause = causes[at];
      line(with_die ? fmt::format("  die {}", ssd::index(cause.first.die)).c_str() : "behind",
           cause.time, cause_text(cause));
    }
    if (causes.size() > kMostShown) {
      ssd::Nanos time{0};
      for (std::size_t at = kMostShown; at < causes.size(); ++at) {
        time += causes[at].time;
      }
      line("  others", time, fmt::format("of {} more", causes.size() - kMostShown));
    }
  }

  std::string cause_text(const Cause& cause) const {
    const auto& activity = cause.first.activity;
    const auto suspended =
        cause.suspends == 0 ? "" : fmt::format("; suspended {}", plural(cause.suspends, "time"));
    if (activity.collects()) {
      return collection_text(cause) + suspended;
    }
    const bool is_read = activity.kind == ssd::Activity::Kind::kRead ||
                         activity.kind == ssd::Activity::Kind::kReadOut;
    const auto whose = cause.first.command
                           ? fmt::format("request {}", number_of_(*cause.first.command))
                           : std::string("the write buffer");
    return fmt::format("{} of {} for {}{}", is_read ? "read" : "program",
                       pages_text(cause.first.pages), whose, suspended);
  }

  std::string collection_text(const Cause& cause) const {
    const auto& activity = cause.first.activity;
    return fmt::format(
        "garbage collection of block {} in plane {} ({}, {}, {}), of whose {} pages {} were valid; "
        "it began with room for {} in the plane, which is to have {}",
        ssd::index(activity.victim), ssd::index(activity.plane), plural(cause.reads, "read"),
        plural(cause.programs, "program"), plural(cause.erases, "erase"),
        parameters_.geometry.slots_per_block(), activity.valid_at_begin,
        plural(activity.room_at_begin, "page"),
        ssd::wanted_room(parameters_, activity.room_at_begin));
  }

  const Explanation& explanation_;
  const ssd::Parameters& parameters_;
  const NumberOf& number_of_;
  std::string text_;
};

}  // namespace

std::string to_text(const Explanation& explanation, const ssd::Parameters& parameters,
                    const NumberOf& number_of) {
  return Text(explanation, parameters, number_of)();
}

}  // namespace gantry::workload

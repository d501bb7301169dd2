#include "workload/explanation.hpp"

#include <algorithm>
#include <optional>

#include "ssd/bus.hpp"

namespace gantry::workload {

namespace {

using Kind = ssd::Activity::Kind;
using ssd::Nanos;

class Analysis {
 public:
  Analysis(const ssd::Device& device, const Witness& witness, const ssd::Completion& completion)
      : parameters_(device.parameters()),
        addresses_(parameters_.geometry),
        spans_(witness.spans()),
        command_(completion.command),
        completion_(completion) {}

  std::optional<FlashWay> flash() const {
    const DieSpan* last = nullptr;
    for (const auto& span : spans_) {
      if (is_own(span) && span.end <= completion_.time &&
          (last == nullptr || span.end >= last->end)) {
        last = &span;
      }
    }
    if (last == nullptr) {
      return {};
    }
    FlashWay way;
    way.die = last->die;
    way.channel = addresses_.channel_of(way.die);
    way.is_read = last->activity.kind == Kind::kReadOut;
    way.pages = last->pages;
    way.end = last->end;
    way.begin = parameters_.attribution ? way.end - in_flash() : asked_for();
    const auto op = last->activity.op;
    const auto is_of_op = [&](const DieSpan& span) {
      return span.die == way.die && span.activity.op == op && is_own(span);
    };
    for (const auto& span : spans_) {
      if (is_of_op(span)) {
        follow(span, way);
      } else if (span.die == way.die) {
        add(way.on_die, span, way.begin, way.end);
      }
    }
    return way;
  }

  /// What all dies did for others while the command waited for the write buffer, the longest first.
  std::vector<Cause> meanwhile(const std::optional<FlashWay>& way) const {
    std::vector<Cause> causes;
    const bool waits = command_.opcode != ssd::Opcode::kRead &&
                       completion_.latency.buffer > parameters_.buffer.latency;
    if (waits) {
      const auto begin = asked_for();
      const auto end = way ? way->begin : begin + completion_.latency.buffer;
      for (const auto& span : spans_) {
        add(causes, span, begin, end);
      }
      std::stable_sort(causes.begin(), causes.end(),
                       [](const Cause& one, const Cause& other) { return one.time > other.time; });
    }
    return causes;
  }

 private:
  Nanos in_flash() const {
    const auto& latency = completion_.latency;
    return latency.channel + latency.die + latency.collection;
  }

  /// When the command had come as far as the write buffer or flash.
  Nanos asked_for() const {
    const auto& latency = completion_.latency;
    return command_.time + latency.queue +
           (command_.opcode == ssd::Opcode::kWrite ? latency.link : Nanos{0});
  }

  bool is_own(const DieSpan& span) const {
    if (span.command) {
      return span.command->tag == command_.tag;
    }
    const auto first = ssd::index(command_.lpn);
    return command_.opcode == ssd::Opcode::kWrite && command_.force_unit_access &&
           std::any_of(span.pages.begin(), span.pages.end(), [&](ssd::Lpn lpn) {
             return ssd::index(lpn) >= first && ssd::index(lpn) < first + command_.pages;
           });
  }

  /// A part of the command's own operation. Its transfer goes on if it is suspended meanwhile.
  void follow(const DieSpan& span, FlashWay& way) const {
    const auto& activity = span.activity;
    if (activity.kind == Kind::kSuspend || activity.kind == Kind::kResume) {
      add(way.on_die, span, std::max(way.begin, way.transferred), way.end);
      return;
    }
    const auto bytes = std::uint64_t{span.pages.size()} * parameters_.geometry.mapping_bytes;
    const auto transfer = ssd::transfer_time(bytes, parameters_.channel);
    const auto on_channel = activity.on_channel - transfer;
    if (activity.on_channel == ssd::kNever || on_channel < activity.begin) {
      way.array += span.time();
      return;
    }
    way.channel_wait = on_channel - activity.begin;
    way.transfer = transfer + parameters_.channel.latency;
    way.transferred = on_channel + way.transfer;
    way.array += std::max(span.end, way.transferred) - way.transferred;
    for (const auto& other : spans_) {
      const auto taken = other.activity.on_channel;
      if (other.die != span.die && addresses_.channel_of(other.die) == way.channel &&
          taken > activity.begin && taken <= on_channel && other.activity.begin <= activity.begin) {
        add(way.on_channel, other, activity.begin, taken);
      }
    }
  }

  static Cause& cause_of(std::vector<Cause>& causes, const DieSpan& span, Nanos begin) {
    const auto& activity = span.activity;
    const auto found = std::find_if(causes.rbegin(), causes.rend(), [&](const Cause& cause) {
      const auto& first = cause.first;
      return first.die == span.die && first.activity.victim == activity.victim &&
             first.activity.op == activity.op && first.pages == span.pages &&
             first.command.has_value() == span.command.has_value() &&
             (!span.command || first.command->tag == span.command->tag);
    });
    if (found != causes.rend()) {
      return *found;
    }
    causes.push_back({.begin = begin, .first = span});
    return causes.back();
  }

  /// Adds to the cause that the span belongs to, as far as it is in a wait.
  static void add(std::vector<Cause>& causes, const DieSpan& span, Nanos begin, Nanos end) {
    begin = std::max(begin, span.activity.begin);
    end = std::min(end, span.end);
    if (begin >= end) {
      return;
    }
    const auto& activity = span.activity;
    auto& cause = cause_of(causes, span, begin);
    cause.end = end;
    cause.time += end - begin;
    cause.reads += activity.kind == Kind::kRead ? 1 : 0;
    cause.programs += activity.kind == Kind::kProgram ? 1 : 0;
    cause.erases += activity.kind == Kind::kErase ? 1 : 0;
    cause.suspends += activity.kind == Kind::kSuspend ? 1 : 0;
  }

  const ssd::Parameters& parameters_;
  ssd::AddressMap addresses_;
  const std::vector<DieSpan>& spans_;
  const ssd::Command& command_;
  const ssd::Completion& completion_;
};

}  // namespace

Explanation explain(const ssd::Device& device, const Witness& witness,
                    const ssd::Completion& completion) {
  const Analysis analysis(device, witness, completion);
  Explanation explanation;
  explanation.completion = completion;
  explanation.flash = analysis.flash();
  explanation.meanwhile = analysis.meanwhile(explanation.flash);
  return explanation;
}

}  // namespace gantry::workload

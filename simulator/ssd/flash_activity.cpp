#include "ssd/flash.hpp"

namespace gantry::ssd {

Activity Flash::activity(DieId die) const {
  using Kind = Activity::Kind;
  const auto& at = dies_[index(die)];
  Activity seen;
  seen.begin = at.phase_since;
  seen.end = events_.time_of(at.id);
  switch (at.phase) {
    case Phase::kIdle:
      return {};
    case Phase::kRead:
      seen.kind = Kind::kRead;
      break;
    case Phase::kReadOut:
      seen.kind = Kind::kReadOut;
      seen.on_channel = seen.end - parameters_.channel.latency;
      break;
    case Phase::kProgram:
    case Phase::kProgramAndRead:
      seen.kind = Kind::kProgram;
      seen.on_channel = at.array_since - parameters_.channel.latency;
      break;
    case Phase::kErase:
      seen.kind = Kind::kErase;
      break;
    case Phase::kSuspend:
      seen.kind = Kind::kSuspend;
      break;
    case Phase::kResume:
      seen.kind = Kind::kResume;
      break;
  }
  const bool is_suspended = at.phase == Phase::kSuspend || at.phase == Phase::kResume;
  if (is_suspended ? at.suspended.collects : at.collects) {
    const auto& work = jobs_[index(at.plane)];
    seen.plane = at.plane;
    seen.victim = work.victim;
    seen.valid_at_begin = work.valid_at_begin;
    seen.room_at_begin = work.room_at_begin;
  } else {
    seen.op = is_suspended ? at.suspended.op : at.op;
  }
  return seen;
}

}  // namespace gantry::ssd

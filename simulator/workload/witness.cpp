#include "workload/witness.hpp"

#include <algorithm>
#include <utility>

namespace gantry::workload {

namespace {

DieSpan span_of(const ssd::Device& device, ssd::DieId die, const ssd::Activity& activity) {
  DieSpan span{die, activity};
  if (activity.op == ssd::Activity::kNoOp) {
    return span;
  }
  const auto& flash = device.flash();
  const auto& op = flash[activity.op];
  if (const auto* const command = device.command_of(op)) {
    span.command = *command;
  }
  if (!op.is_read) {
    const auto pages = flash.pages_of(activity.op);
    span.pages.assign(pages.begin(), pages.end());
    return span;
  }
  for (std::uint32_t page = 0; page < op.pages; ++page) {
    const auto slot = ssd::Slot{ssd::index(op.slot) + page};
    span.pages.push_back(flash.translation().pages().lpn_at(slot));
  }
  return span;
}

}  // namespace

Witness::Witness(const ssd::Device& device)
    : device_(device), now_(device.parameters().geometry.dies()) {}

void Witness::look() {
  for (std::uint32_t die = 0; die < now_.size(); ++die) {
    const auto activity = device_.flash().activity(ssd::DieId{die});
    auto& span = now_[die];
    const auto& seen = span.activity;
    if (activity.begin == seen.begin && activity.kind == seen.kind && activity.op == seen.op &&
        activity.victim == seen.victim) {
      span.activity.end = activity.end;
      continue;
    }
    if (seen.kind != ssd::Activity::Kind::kIdle) {
      const bool is_idle = activity.kind == ssd::Activity::Kind::kIdle;
      span.end = is_idle ? device_.now() : std::max(activity.begin, seen.begin);
      spans_.push_back(std::move(span));
    }
    now_[die] = span_of(device_, ssd::DieId{die}, activity);
  }
}

void Witness::finish() {
  for (auto& span : now_) {
    if (span.activity.kind != ssd::Activity::Kind::kIdle) {
      span.end = span.activity.end;
      spans_.push_back(std::move(span));
    }
  }
  now_.clear();
}

}  // namespace gantry::workload

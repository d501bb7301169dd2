#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "ssd/device.hpp"
#include "workload/driver.hpp"
#include "workload/explanation.hpp"

namespace gantry::workload {

/// Runs the commands of a source (see Driver) until the one of a number, counted from 1, has ended,
/// and says why that took its time; null: there is none, or the watcher ended it. What comes after
/// it goes on coming, so that it takes as long as in the whole run. The device is looked at step by
/// step, but only from the command's coming to its end.
template <class Source>
base::Result<std::optional<Explanation>> explain(ssd::Device& device, Source& source,
                                                 std::uint64_t number, Watcher* watcher = nullptr) {
  constexpr std::uint64_t kWatchEvery = 1U << 14;
  constexpr std::uint64_t kMostWaiting = RunOptions{}.most_waiting;
  std::optional<Witness> witness;
  ssd::Device::Backlog backlog;
  std::uint64_t tag = 0;
  std::uint64_t taken = 0;
  std::uint64_t ended = 0;
  for (;;) {
    const auto due = source.next_time();
    if (due > device.now()) {
      if (due == ssd::kNever && device.is_settled()) {
        return std::optional<Explanation>{};
      }
      const auto until = witness ? std::min(due, device.next_time()) : due;
      const auto* const completion = device.next(until);
      if (witness) {
        witness->look();
      }
      if (completion != nullptr) {
        source.completed(*completion);
        if (witness && completion->command.tag == tag) {
          const auto last = *completion;
          witness->finish();
          auto explanation = explain(device, *witness, last);
          explanation.number = number;
          explanation.backlog = backlog;
          return std::optional(std::move(explanation));
        }
        if (++ended % kWatchEvery == 0 && watcher != nullptr &&
            !watcher->go_on(device.now(), ended)) {
          return std::optional<Explanation>{};
        }
        continue;
      }
      if (until == ssd::kNever) {
        return std::optional<Explanation>{};
      }
      if (until < due) {
        continue;
      }
    }
    const auto command = source.take();
    if (++taken == number) {
      witness.emplace(device);
      witness->look();
      backlog = device.backlog();
      tag = command.tag;
    }
    device.submit(command);
    if (witness) {
      witness->look();
    }
    if (device.outstanding() > kMostWaiting) {
      return base::Error{"the device is slower than the commands come: more than " +
                             std::to_string(kMostWaiting) + " wait",
                         "", "take an earlier command, or let them wait by a queue depth"};
    }
  }
}

}  // namespace gantry::workload

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ssd/device.hpp"
#include "ssd/random.hpp"

namespace gantry::ssd {

/// Random commands of all kinds to all queues. A copy goes on as the original would.
class RandomHost {
 public:
  explicit RandomHost(std::uint64_t seed) : random_(seed) {}

  /// All completions of so many commands, of which some are outstanding at a time; none is
  /// afterwards, but what the device has begun for itself goes on.
  /// Gives up when none has ended for long.
  std::vector<Completion> run(Device& device, int commands, Nanos patience = kNever) {
    std::vector<Completion> completions;
    auto time = device.now();
    while (commands > 0 || !device.is_settled()) {
      if (commands > 0 && device.outstanding() < 12 && random_.below(3) != 0) {
        time = std::max(time, device.now()) + Nanos{random_.below(60'000)};
        if (const auto* const completion = device.next(time)) {
          completions.push_back(*completion);
          continue;
        }
        device.submit(command(device, time));
        --commands;
      } else if (const auto* const completion =
                     device.next(patience == kNever ? kNever : device.now() + patience)) {
        completions.push_back(*completion);
      } else if (device.outstanding() > 0 && patience != kNever) {
        break;
      }
    }
    return completions;
  }

 private:
  Command command(const Device& device, Nanos time) {
    const auto& parameters = device.parameters();
    const auto draw = random_.below(20);
    Command command;
    command.time = time;
    command.tag = ++tag_;
    command.opcode = draw < 11   ? Opcode::kWrite
                     : draw < 13 ? Opcode::kTrim
                     : draw < 14 ? Opcode::kFlush
                                 : Opcode::kRead;
    command.force_unit_access = command.opcode == Opcode::kWrite && random_.below(8) == 0;
    command.queue = static_cast<std::uint16_t>(
        random_.below(static_cast<std::uint32_t>(parameters.front_end.queues.size())));
    if (command.opcode != Opcode::kFlush) {
      command.lpn = Lpn{random_.below(parameters.logical_pages)};
      command.pages =
          1 + random_.below(std::min(6U, parameters.logical_pages - index(command.lpn)));
    }
    return command;
  }

  Random random_;
  std::uint64_t tag_ = 0;
};

}  // namespace gantry::ssd

#pragma once

#include "ssd/device.hpp"
#include "workload/report.hpp"

namespace gantry::workload {

/// Measures a device from one time to another.
class Recorder {
 public:
  /// From now on; window 0: as it turns out to be useful.
  Recorder(const ssd::Device& device, ssd::Nanos begin, ssd::Nanos window);

  void record(const ssd::Completion& completion, const ssd::FlashCounters& counters) {
    const auto& command = completion.command;
    auto& opcode = report_.opcodes[static_cast<std::size_t>(command.opcode)];
    ++opcode.commands;
    opcode.pages += command.pages;
    opcode.latency.record(completion.time - command.time);
    opcode.parts += completion.latency;
    report_.series.record(completion, counters);
  }

  /// Until this time. What is about the whole run is left to be filled in.
  Report finish(const ssd::Device& device, ssd::Nanos end);

 private:
  Report report_;
};

}  // namespace gantry::workload

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ssd/device.hpp"
#include "workload/energy.hpp"
#include "workload/histogram.hpp"
#include "workload/steady_state.hpp"
#include "workload/time_series.hpp"

namespace gantry::workload {

inline constexpr std::size_t kOpcodes = 4;

/// Commands of one kind that ended while it was measured.
struct OpcodeReport {
  std::uint64_t commands = 0;
  std::uint64_t pages = 0;
  Histogram latency;
  ssd::Latency parts;  ///< sums over the commands
};

/// Erases of blocks since the device was made.
struct WearReport {
  std::uint64_t erases = 0;
  std::uint32_t blocks = 0;
  std::uint32_t least = 0;  ///< of one block
  std::uint32_t most = 0;
};

/// What a run has measured, from begin to end. Everything before was warming up, and what ended
/// later is only counted as serviced.
struct Report {
  ssd::Nanos begin{0};
  ssd::Nanos end{0};
  std::array<OpcodeReport, kOpcodes> opcodes;  ///< by ssd::Opcode
  std::uint64_t generated = 0;                 ///< commands, in the whole run
  std::uint64_t serviced = 0;
  bool interrupted = false;
  ssd::FlashCounters flash;
  std::vector<ssd::Nanos> die_busy;
  std::vector<ssd::Nanos> channel_busy;
  ssd::Nanos link_busy{0};  ///< both directions
  WearReport wear;
  std::optional<EnergyReport> energy;  ///< null: the description does not say
  std::uint32_t logical_pages = 0;
  std::uint32_t mapped_pages = 0;  ///< at the end of the run
  std::uint32_t mapping_bytes = 0;
  TimeSeries series{ssd::Nanos{0}, ssd::Nanos{1}, 2};
  SteadyState steady_state;

  const OpcodeReport& of(ssd::Opcode opcode) const {
    return opcodes[static_cast<std::size_t>(opcode)];
  }
  ssd::Nanos time() const { return end - begin; }
  std::uint64_t commands() const;
  /// Commands in a second.
  double iops() const;
  /// Bytes read and written in a second.
  double bandwidth() const;
  std::uint64_t host_bytes() const;  ///< read and written
  /// Pages written to flash for each page that the host has written; 0 if it has written none.
  double write_amplification() const;
};

}  // namespace gantry::workload

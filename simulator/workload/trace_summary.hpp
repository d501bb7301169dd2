#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/result.hpp"
#include "workload/report.hpp"
#include "workload/trace_reader.hpp"

namespace gantry::workload {

/// What a trace asks for, all in all.
struct TraceSummary {
  TraceFormat format = TraceFormat::kMsr;
  std::uint64_t lines = 0;
  std::array<std::uint64_t, kOpcodes> requests{};  ///< by ssd::Opcode
  std::array<std::uint64_t, kOpcodes> bytes{};
  ssd::Nanos duration{0};
  std::uint64_t first_offset = 0;
  std::uint64_t end_offset = 0;
  std::uint64_t footprint = 0;        ///< bytes of the 4 KiB pages that are asked for
  bool footprint_is_complete = true;  ///< false: there are more, but they were too many to count

  std::uint64_t count() const;
};

/// Reads a trace to its end.
base::Result<TraceSummary> summarize(TraceReader& reader);

std::string to_text(const TraceSummary& summary);

}  // namespace gantry::workload

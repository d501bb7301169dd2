#pragma once

#include <cstdint>

#include "ssd/latency.hpp"
#include "ssd/types.hpp"

namespace gantry::ssd {

enum class Opcode : std::uint8_t { kRead, kWrite, kTrim, kFlush };

/// What a host asks for, of logical pages [lpn, lpn + pages). A flush names none.
struct Command {
  Nanos time{0};          ///< when it is put into its queue
  std::uint64_t tag = 0;  ///< the host's own
  Lpn lpn{0};
  std::uint32_t pages = 0;
  std::uint16_t queue = 0;
  Opcode opcode = Opcode::kRead;
  bool force_unit_access = false;  ///< a write ends when it is in flash, whatever is buffered
};

struct Completion {
  Command command;
  Nanos time{0};
  Latency latency;
};

}  // namespace gantry::ssd

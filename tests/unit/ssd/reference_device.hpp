#pragma once

#include <cstdint>

#include "ssd/device.hpp"

namespace gantry::ssd {

/// REF-A: 8 GiB raw, 8 channels with 4 dies each, SLC-like, of which the arithmetic is known: a
/// read of 4 KiB takes 290 + 50,000 (command, array) + 8,192 (channel) + 1,330 ns (link).
inline Parameters reference_a() {
  Parameters parameters;
  parameters.link = {3'079'699'248, Nanos{0}};
  parameters.logical_pages = static_cast<std::uint32_t>(parameters.geometry.slots() / 100 * 90);
  parameters.die_order = DieOrder::kFirstCome;
  parameters.allocation = WriteAllocation::kStatic;
  return parameters;
}

/// One die, small enough for tests that fill it often.
inline Parameters small_device() {
  Parameters parameters;
  parameters.geometry = {
      .channels = 1, .chips_per_channel = 1, .blocks_per_plane = 32, .pages_per_block = 16};
  parameters.logical_pages = 24 * 16;
  return parameters;
}

inline Command page_command(Opcode opcode, std::uint32_t lpn, Nanos time = Nanos{0}) {
  Command command;
  command.time = time;
  command.opcode = opcode;
  command.lpn = Lpn{lpn};
  command.pages = opcode == Opcode::kFlush ? 0 : 1;
  return command;
}

/// Writes all logical pages in their order, without taking time.
inline void fill(Device& device) {
  auto& translation = device.flash().translation();
  const auto planes = device.parameters().geometry.planes();
  for (std::uint32_t lpn = 0; lpn < device.parameters().logical_pages; ++lpn) {
    const auto slot = translation.open_page(PlaneId{lpn % planes}, Translation::kHostFrontier,
                                            Translation::For::kHost);
    translation.bind(Lpn{lpn}, slot);
  }
}

}  // namespace gantry::ssd

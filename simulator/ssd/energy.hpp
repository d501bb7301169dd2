#pragma once

#include <cstdint>

namespace gantry::ssd {

/// What operations of flash take, in picojoules. All zeros: it is not known.
struct Energy {
  std::uint64_t read = 0;      ///< of a flash page
  std::uint64_t program = 0;   ///< of a flash page
  std::uint64_t erase = 0;     ///< of a block
  std::uint64_t transfer = 0;  ///< of a byte over a channel
  std::uint64_t idle = 0;      ///< microwatts of the whole device, at all times

  bool is_known() const { return (read | program | erase | transfer | idle) != 0; }
  bool operator==(const Energy&) const = default;
};

}  // namespace gantry::ssd

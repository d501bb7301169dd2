#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <sys/random.h>

#include "base/result.hpp"

namespace gantry::vm {

/// Bytes that nobody can foresee; size is at most 256.
template <std::size_t size>
base::Result<std::array<std::uint8_t, size>> random_bytes() {
  static_assert(size <= 256);
  std::array<std::uint8_t, size> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return base::errno_error("read random numbers from", "the kernel");
  }
  return bytes;
}

}  // namespace gantry::vm

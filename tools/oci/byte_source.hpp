#pragma once

#include <cstddef>
#include <span>

#include "base/result.hpp"

namespace gantry::oci {

/// Bytes in order: fills the span as far as it can; 0 bytes mean the end.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual base::Result<std::size_t> read(std::span<std::byte> into) = 0;
};

}  // namespace gantry::oci

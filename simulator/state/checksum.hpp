#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace gantry::state {

/// XXH3, 64 bits: against damage, not against deceit.
std::uint64_t checksum(std::span<const std::byte> bytes);

/// The same of bytes that come in pieces.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  void add(std::span<const std::byte> bytes);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gantry::state

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "ssd/parameters.hpp"

namespace gantry::config {

/// What one kind of resource allows, when it never rests.
struct Bound {
  std::string_view resource;  ///< "dies", "channels", "link", "controller"
  double per_second = 0;
};

/// What a device can do, by arithmetic alone: on an idle device to the nanosecond, on a busy one as
/// bounds that no schedule exceeds.
struct Figures {
  std::uint64_t raw_bytes = 0;
  std::uint64_t user_bytes = 0;
  double spare_factor = 0;                   ///< (raw - user) / raw
  double over_provisioning = 0;              ///< (raw - user) / user
  std::vector<ssd::Nanos> read;              ///< of a logical page, by its type of flash page
  std::vector<ssd::Nanos> write;             ///< the same until it is in flash
  std::optional<ssd::Nanos> buffered_write;  ///< if there is a write buffer
  std::vector<Bound> sequential_read;        ///< bytes; the least is the first
  std::vector<Bound> sequential_write;       ///< bytes
  std::vector<Bound> random_read;            ///< logical pages
  double amplification = 1;                  ///< of uniform random writes, by the policy's theory
  std::uint32_t random_write_bytes = 0;      ///< of one write: without a buffer, a flash page
  double random_write = 0;                   ///< such writes a second, with that amplification
};

/// parameters must be valid (see validate()). Write amplification is that of ssd::SteadyState.
Figures figures(const ssd::Parameters& parameters);

}  // namespace gantry::config

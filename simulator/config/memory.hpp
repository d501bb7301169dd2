#pragma once

#include <cstdint>
#include <memory>

#include "base/result.hpp"
#include "config/description.hpp"
#include "ssd/device.hpp"

namespace gantry::config {

/// Whether a device is going to be written as a whole, or as far as commands get.
enum class Filling : std::uint8_t { kPart, kAll };

/// An error if a device takes more memory than there is: it says how much, what most of it is for,
/// and which key makes that smaller.
base::Result<void> check_memory(const Description& description, Filling filling,
                                std::uint64_t available);

/// The device of a description, in so much memory.
base::Result<std::unique_ptr<ssd::Device>> make_device(const Description& description,
                                                       Filling filling, std::uint64_t available);

}  // namespace gantry::config

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "config/description.hpp"
#include "ssd/device.hpp"

namespace gantry::state {

/// A device as a file has it.
struct Opened {
  config::Description description;
  std::unique_ptr<ssd::Device> device;
  std::uint64_t checksum = 0;  ///< of the file, the same for all copies of it
};

/// Writes a device with all that it holds to one file, which replaces another at once and only when
/// it is complete, also if the machine loses power. The device must be settled; the description's
/// parameters are those that it has. The same state gives the same bytes; blocks of zeros in its
/// tables take no room.
base::Result<void> save(ssd::Device& device, const config::Description& description,
                        const std::filesystem::path& path);

/// The device of a file, which goes on as the saved one would have. Its large tables are mapped
/// from the file, and take memory only where they change; so the file must not be written to while
/// the device is there (save() does not do that). All of it is checked: checksums, and whether a
/// device can be in such a state at all.
base::Result<Opened> open(const std::filesystem::path& path);

/// An error if a file's device is not the one that is wanted: it names the first key that differs.
/// Names and origins may.
base::Result<void> check_same_device(const Opened& opened, const config::Description& wanted,
                                     const std::filesystem::path& path);

}  // namespace gantry::state

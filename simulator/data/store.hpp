#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "base/result.hpp"

namespace gantry::data {

/// What a device keeps of the data that it is given.
enum class Mode : std::uint8_t {
  kTimingOnly,  ///< nothing: reads give zeros
  kMemory,      ///< what has been written, for as long as the process lives
  kFile,        ///< what has been written, in a sparse file
};

/// What a device holds, beside the model of its timing. All of it is zero at first. Ranges are in
/// bytes, of any alignment, and lie within the capacity.
///
/// Threads may call all functions at the same time. What one gets that reads a page of kPageBytes
/// while another writes it may be a mixture of old and new, but never of other pages.
class Store {
 public:
  /// The unit in which room is taken and given back.
  static constexpr std::uint64_t kPageBytes = 4096;

  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  virtual base::Result<void> read(std::uint64_t offset, std::span<std::byte> into) const = 0;
  /// After an error, any part of it may have been written.
  virtual base::Result<void> write(std::uint64_t offset, std::span<const std::byte> from) = 0;
  /// The range is zero from now on, and its whole pages take no room: what a trim does, and a write
  /// of zeroes.
  virtual base::Result<void> zero(std::uint64_t offset, std::uint64_t length) = 0;
  /// What has been written until now outlives this computer's power.
  virtual base::Result<void> flush() = 0;

 protected:
  Store() = default;
};

/// The file is for kFile alone. It is made if absent, and holds what it held before otherwise; an
/// error if it is not of that capacity, is in use, or if its file system cannot punch holes.
base::Result<std::unique_ptr<Store>> open(Mode mode, std::uint64_t capacity,
                                          const std::filesystem::path& file = {});

}  // namespace gantry::data

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "base/result.hpp"
#include "oci/image.hpp"

namespace gantry::oci {

enum class Devices {
  kRefuse,  ///< an image that has device nodes is an error
  kSkip,    ///< they are left out
  kCreate,  ///< needs root
};

enum class Ownership {
  kIfRoot,  ///< kKeep for root, kSkip for others
  kKeep,    ///< owners, set-user-ID bits and file capabilities as the image has them
  kSkip,    ///< all belongs to the caller, without those bits: they would give away his rights
};

struct UnpackOptions {
  Devices devices = Devices::kRefuse;
  Ownership ownership = Ownership::kIfRoot;
  std::uint64_t max_bytes = std::uint64_t{64} << 30;  ///< of all files together
};

/// What unpack did.
struct Unpacked {
  std::size_t entries = 0;
  std::uint64_t bytes = 0;          ///< of all files
  std::size_t skipped_devices = 0;  ///< see Devices::kSkip
  std::size_t skipped_xattrs = 0;   ///< that mean nothing here, or that the file system cannot hold
  bool kept_owners = false;
};

/// Writes an image's file system into a directory that is absent or empty. Nothing is written
/// before all layers have been read and verified; nothing is ever written outside of the directory,
/// whatever the layers hold. If it fails, what was written is removed.
base::Result<Unpacked> unpack(const Image& image, const std::filesystem::path& directory,
                              const UnpackOptions& options = {});

}  // namespace gantry::oci

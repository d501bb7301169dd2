#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "content/digest.hpp"

namespace gantry::vm {

/// The digest of a file's windows of 64 KiB that are not zero, each after its offset (64 bits,
/// little endian).
base::Result<content::Digest> sparse_digest(const std::filesystem::path& path);

/// What tells without reading it that a file is the one that was read before: where it is, its size
/// and its times, to the nanosecond. A write changes it.
base::Result<std::string> identity_of(const std::filesystem::path& path);

}  // namespace gantry::vm

#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"

namespace gantry::vm {

/// A file in the root of a CD.
struct IsoFile {
  std::string name;  ///< at most 30 letters, digits and any of "-._"
  std::string content;
};

/// A CD (ISO 9660, ECMA-119) with files in its root, under their own names by Rock Ridge. The same
/// input gives the same bytes; time, seconds since the epoch, is all its dates.
base::Result<std::string> write_iso9660(const std::string& label, std::span<const IsoFile> files,
                                        std::int64_t time);

}  // namespace gantry::vm

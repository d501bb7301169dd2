#pragma once

#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "oci/first_difference.hpp"
#include "oci/spec.hpp"

namespace gantry::oci {

struct Verified {
  Digest digest;                              ///< of the image that was there
  std::optional<FirstDifference> difference;  ///< from what a second build gives, if any
};

/// Builds the image of spec once more and compares it with image: the components are staged again
/// into a temporary directory (by the file `arguments` beside each manifest), the layers are
/// written into a temporary store without any cache, with another number of threads and, while it
/// lasts, in a process with another umask, time zone and locale. Not for processes with several
/// threads.
base::Result<Verified> verify_image(ImageSpec spec, const Image& image,
                                    std::optional<std::int64_t> epoch);

}  // namespace gantry::oci

#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "oci/image.hpp"

namespace gantry::oci {

/// Where two images that should be the same first differ.
struct FirstDifference {
  std::string place;  ///< "layer 2 (gantry: component app)", "the configuration"
  std::string path;   ///< of the tar entry; empty: it is no entry
  std::string how;    ///< "content at offset 12", "mode (0644 and 0755)", "only in the first"
};

/// Nothing if both have the same digest. Layers are compared from the lowest, entry by entry in the
/// order of their archives; then what the images say of themselves. All blobs that are read are
/// verified.
base::Result<std::optional<FirstDifference>> first_difference(const Image& first,
                                                              const Image& second);

}  // namespace gantry::oci

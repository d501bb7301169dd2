#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "oci/overlay.hpp"

namespace gantry::oci {

/// Fits a layer onto what lies below it and lays it there, so that the image means what its parts
/// mean on their own:
///  - paths lead through the symbolic links of lower layers (lib/x over lib -> usr/lib is
///    usr/lib/x), and so do the targets of hard links;
///  - a directory that exists below keeps its owner, mode and time there, unless the layer gives it
///    other than root's 0755;
///  - missing parents are added (root's, 0755, mtime source_date_epoch);
///  - whiteouts that hide nothing are dropped.
/// The result (below.top().tree) is sorted, each path once, with every parent.
/// Errors: a directory over what leads to none, anything else over a directory, and a path that
/// exclusive layers fill differently.
base::Result<void> compose(Overlay& below, Overlay::Layer layer, std::int64_t source_date_epoch);

}  // namespace gantry::oci

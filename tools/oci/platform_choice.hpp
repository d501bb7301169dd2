#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/descriptor.hpp"
#include "oci/manifest.hpp"
#include "oci/platform.hpp"

namespace gantry::oci {

/// Those of an index's entries that state a platform which serves. If there are none: an Error, of
/// this place, that lists the platforms there are.
base::Result<std::vector<Descriptor>> entries_for(std::span<const Descriptor> entries,
                                                  const Platform& wanted, std::string_view where);

/// The entry of an index for a platform, as the programs choose that pull images: the first that
/// serves, or the only one, if it states no platform.
base::Result<Descriptor> choose_entry(const Index& index, const Platform& wanted,
                                      std::string_view where);

}  // namespace gantry::oci

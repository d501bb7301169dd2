#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace gantry::vm {

/// What cloud-init reads at a guest's first boot (its data source NoCloud); what is empty is left
/// out.
struct Seed {
  std::string user_data;
  std::string meta_data;  ///< empty: made from the host name and the rest
  std::string network_config;
  std::string vendor_data;
  std::string hostname;  ///< of the guest; only without meta_data of one's own
};

/// A CD with the label that cloud-init looks for. What it would silently pass over is an error. The
/// instance's id follows from what is in it, so that a guest with another seed begins anew.
base::Result<std::string> make_seed(const Seed& seed, std::int64_t time);

}  // namespace gantry::vm

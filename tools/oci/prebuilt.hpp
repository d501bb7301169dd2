#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/spec.hpp"

namespace gantry::oci {

/// The layer of files that were built elsewhere.
struct PrebuiltLayer {
  content::Tree tree;
  std::vector<std::filesystem::path> files;  ///< that were read, for a depfile
};

/// Collects spec's prebuilt files for one platform. A file that is missing is an Error that names
/// it and the platform, as is a program for another machine. Programs may be executed by all, since
/// what carries files between machines often loses that. All belong to root; times are 0.
base::Result<PrebuiltLayer> collect_prebuilt(const ImageSpec& spec, const Platform& platform,
                                             std::string_view version);

}  // namespace gantry::oci

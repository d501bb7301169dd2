#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/image.hpp"

namespace gantry::cli {

// Images of a build tree may stand on bases whose layers nothing has needed so far. What is opened
// here fetches them when they are read.

/// As oci::open_image.
base::Result<oci::Image> open_image(std::string_view reference, std::string_view platform = {});

/// As oci::open_root.
base::Result<oci::ImageRoot> open_root(std::string_view reference);

/// As oci::BlobStore::open.
base::Result<oci::BlobStore> open_store(const std::filesystem::path& root);

}  // namespace gantry::cli

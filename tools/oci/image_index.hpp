#pragma once

#include <span>

#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/build.hpp"
#include "oci/image.hpp"

namespace gantry::oci {

/// Stores the index of images that are in the store, one for each platform, with the annotations
/// that all of them have. Two for one platform are an Error. Sorted by platform.
base::Result<Descriptor> put_index(const BlobStore& store, std::span<const Image> images);

/// As build_image, for each of the spec's platforms: the result's manifest is their index.
base::Result<BuiltImage> build_index(const ImageSpec& spec, const BlobStore& store,
                                     const BuildOptions& options);

}  // namespace gantry::oci

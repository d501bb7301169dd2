#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "oci/base_image.hpp"
#include "oci/blob_store.hpp"
#include "oci/encoder.hpp"

namespace gantry::oci {

/// Takes the one image of a `docker save` archive into the store. Its layers, which Docker writes
/// uncompressed, are held against the diff_ids of its configuration and compressed by encoder, once
/// for as long as the archive stays the same. The archive is hostile.
base::Result<BaseImage> import_docker_archive(const std::filesystem::path& archive,
                                              const BlobStore& store, const Encoder& encoder);

}  // namespace gantry::oci

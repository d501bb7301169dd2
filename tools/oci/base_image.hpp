#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/config.hpp"
#include "oci/encoder.hpp"
#include "oci/overlay.hpp"
#include "oci/spec.hpp"

namespace gantry::oci {

/// An image that another stands on, its layers in the store.
struct BaseImage {
  std::string name;  ///< as far as it does not depend on where it lies on this machine; or empty
  std::optional<Digest> digest;    ///< of its manifest; none: it has none (Docker archive)
  std::vector<Descriptor> layers;  ///< lowest first, of OCI media types
  Config config;                   ///< with the diff_ids of layers and a history that fits them
  std::vector<std::filesystem::path> inputs;  ///< files that decide what it is
};

/// Opens a base (not scratch) and takes its layers into the store; every blob is verified before.
/// encoder compresses the layers of a Docker archive.
base::Result<BaseImage> open_base(const ImageSpec& spec, const BlobStore& store,
                                  const Encoder& encoder);

/// Lays the base's layers into overlay. Their trees come from the store; those that it does not
/// know are read from the blobs and kept there.
base::Result<void> lay_base(const BaseImage& base, const BlobStore& store, Overlay& overlay);

}  // namespace gantry::oci

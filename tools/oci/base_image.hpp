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
#include "oci/user_cache.hpp"

namespace gantry::oci {

/// An image that another stands on, its layers in the store, or where the store's fetcher gets
/// them.
struct BaseImage {
  std::string name;  ///< as far as it does not depend on where it lies on this machine; or empty
  std::optional<Digest> digest;    ///< of its manifest; none: it has none (Docker archive)
  std::vector<Descriptor> layers;  ///< lowest first, of OCI media types
  Config config;                   ///< with the diff_ids of layers and a history that fits them
  std::vector<std::filesystem::path> inputs;  ///< files that decide what it is
};

/// Opens a base (not scratch) and takes its layers into the store, if they are elsewhere; every
/// blob is verified before. encoder compresses the layers of a Docker archive.
base::Result<BaseImage> open_base(const ImageSpec& spec, const BlobStore& store,
                                  const Encoder& encoder);

/// Lays the base's layers into overlay. Their trees come from the store or the cache (null: none);
/// those that neither knows are read from the blobs, all of which are fetched at once if they are
/// missing, and kept in both. Returns what went wrong with the cache, which does no harm.
base::Result<std::vector<base::Error>> lay_base(const BaseImage& base, const BlobStore& store,
                                                const UserCache* cache, Overlay& overlay);

}  // namespace gantry::oci

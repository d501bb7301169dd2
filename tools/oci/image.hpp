#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "oci/config.hpp"
#include "oci/manifest.hpp"

namespace gantry::oci {

/// An image whose manifest and config have been read and verified; its layers stay where they are.
struct Image {
  BlobDirectory blobs;
  Descriptor descriptor;  ///< of the manifest
  Manifest manifest;
  Config config;
};

/// Opens the image that a person or a spec names:
///   <file>.image             what an image target builds (see write_image_file)
///   oci:<dir>[:<tag>|@<digest>], or just <dir>     an OCI layout
/// A tag may be left out if the layout holds one image. In an index the given platform is taken
/// (host's if empty).
base::Result<Image> open_image(std::string_view reference, std::string_view platform = {});

/// The small file that stands for an image in a build tree: JSON with the manifest's descriptor and
/// the store's path, relative to the file.
base::Result<bool> write_image_file(const std::filesystem::path& path,
                                    const std::filesystem::path& store, const Descriptor& manifest);

}  // namespace gantry::oci

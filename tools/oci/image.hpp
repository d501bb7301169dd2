#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.hpp"
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

  /// Where the blobs are if they had to be unpacked first. All copies of the image share it.
  std::shared_ptr<const base::TempDir> unpacked = nullptr;
};

/// Opens the image that a person or a spec names:
///   <file>.image             what an image target builds (see write_image_file)
///   oci:<dir>[:<tag>|@<digest>], or just <dir>[…]     an OCI layout
///   docker-archive:<file>    what docker save writes
/// A tag may be left out if there is one image. In an index the given platform is taken (host's if
/// empty); a single image of another platform than the given one is an error.
base::Result<Image> open_image(std::string_view reference, std::string_view platform = {});

/// What a reference names before a platform is chosen: an image, or an index of images.
struct ImageRoot {
  BlobDirectory blobs;
  Descriptor descriptor;
  std::shared_ptr<const base::TempDir> unpacked = nullptr;  ///< as Image::unpacked
};

/// As open_image, of whatever platforms it is.
base::Result<ImageRoot> open_root(std::string_view reference);

/// Opens what docker save writes, its layers unpacked into a temporary directory, which the result
/// holds, and compressed by the encoder of this name ("none": as they are).
base::Result<ImageRoot> open_docker_archive(const std::filesystem::path& path,
                                            std::string_view compression);

/// The image of a manifest, both documents verified, and consistent: one diff_id for each layer.
base::Result<Image> read_image(const BlobDirectory& blobs, const Descriptor& manifest);

/// The small file that stands for an image in a build tree: JSON with the descriptor of its
/// manifest or index and the store's path, relative to the file. Written only if it changes
/// anything; true if it was.
base::Result<bool> write_image_file(const std::filesystem::path& path,
                                    const std::filesystem::path& store, const Descriptor& manifest);

/// "oci:<dir>[:<tag>|@<digest>]" or without the prefix, taken apart. A directory that exists under
/// the whole text has no tag.
struct LayoutReference {
  std::filesystem::path directory;
  std::string tag;     ///< empty: none
  std::string digest;  ///< empty: none
};
base::Result<LayoutReference> parse_layout_reference(std::string_view text);

}  // namespace gantry::oci

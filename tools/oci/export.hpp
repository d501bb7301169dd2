#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "base/result.hpp"
#include "oci/image.hpp"

namespace gantry::oci {

/// What export_image wrote.
struct Exported {
  std::size_t entries = 0;
  std::uint64_t bytes = 0;  ///< of the archive
};

/// Writes an image's file system as one tar archive to a file descriptor; to names it in errors.
/// First everything but files, sorted; then the files in the order of the layers' tar streams, each
/// with its hard links behind it: the same image gives the same bytes, each layer is read in one
/// pass (after one that verified it), and no content is held in memory.
base::Result<Exported> export_image(const Image& image, int fd, const std::filesystem::path& to);

}  // namespace gantry::oci

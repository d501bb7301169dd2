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

/// Writes an image's file system as one sorted tar archive to a file descriptor; to names it in
/// errors. The same image gives the same bytes. Each layer is verified in one pass and copied in a
/// second: contents come in the order of the layers and go to their places in the sorted archive,
/// so no more than a buffer of them is in memory. What cannot be written at any place (a pipe) is
/// made as an unnamed file in TMPDIR (default /var/tmp) first.
base::Result<Exported> export_image(const Image& image, int fd, const std::filesystem::path& to);

}  // namespace gantry::oci

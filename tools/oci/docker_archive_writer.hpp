#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/image.hpp"

namespace gantry::oci {

/// Takes the next bytes of an archive.
using ArchiveSink = std::function<base::Result<void>(std::span<const std::byte> bytes)>;

/// Writes the image as a tar that `docker load` reads since Docker 1.10, as does `podman load`:
/// config, layers and, last, a manifest.json that names them and the tags ("name:tag"). Layers stay
/// as they are, but those in zstd, which older Dockers cannot read, are decompressed. Every blob
/// is verified. The lowest layers_left_out layers are named, but their files are not there.
base::Result<void> write_docker_archive(const Image& image, const std::vector<std::string>& tags,
                                        std::size_t layers_left_out, const ArchiveSink& sink);

}  // namespace gantry::oci

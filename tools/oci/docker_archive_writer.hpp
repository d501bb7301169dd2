#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/image.hpp"

namespace gantry::oci {

/// Writes the image as a tar that `docker load` reads since Docker 1.10, as does `podman load`:
/// config, layers and a manifest.json that names them and the tags ("name:tag"). Layers stay as
/// they are, but those in zstd, which older Dockers cannot read, are decompressed. Every blob is
/// verified.
base::Result<void> write_docker_archive(const Image& image, const std::vector<std::string>& tags,
                                        const std::filesystem::path& path);

}  // namespace gantry::oci

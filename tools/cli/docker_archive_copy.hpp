#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/registry_options.hpp"
#include "content/digest.hpp"

namespace gantry::cli {

inline constexpr std::string_view kDockerArchive = "docker-archive:";

/// An image that was put into an archive.
struct ArchivedImage {
  std::string file;
  content::Digest digest;          ///< of its manifest, where it came from
  std::vector<std::string> names;  ///< that it has in the archive, as NAME:TAG
};

/// Writes an image (of open_named_image) as an archive that docker load and podman load read, anew
/// each time. destination is docker-archive:FILE[:NAME:TAG]; without a name the image has that by
/// which it was fetched from a registry, or none.
base::Result<ArchivedImage> copy_to_docker_archive(const std::string& source,
                                                   const std::string& destination,
                                                   const std::string& platform,
                                                   const RegistryOptions& options);

}  // namespace gantry::cli

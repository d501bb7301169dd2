#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "oci/image.hpp"
#include "supply/cmake_project.hpp"

namespace gantry::supply {

inline constexpr const char* kSpdxMediaType = "application/spdx+json";

struct SbomOptions {
  std::string name;           ///< of the image
  std::string tool;           ///< "gantry-1.0.0": who makes the document
  CMakeProject project = {};  ///< without a name: not known
  /// Where the packages of runtime libraries are looked up: a library counts only if this file
  /// system still has the image's bytes at its path. Empty: nowhere.
  std::filesystem::path host = "/";
};

/// The software bill of materials of an image, SPDX 2.3 as JSON: the image as a package with its
/// origin, the CMake project with what it is built with, every file with its digests, the Debian
/// packages that are installed in it, and those that its runtime libraries came from. All layers
/// are read and verified. The same image gives the same bytes.
base::Result<std::string> make_sbom(const oci::Image& image, const SbomOptions& options);

/// What SPDX calls the place of a source: "git+https://host/path@revision"; empty for a URL that
/// it has no form for.
std::string spdx_download_location(const std::string& url, const std::string& revision);

/// "Maintainer <address>" as a supplier: "Person: Maintainer (address)".
std::string spdx_supplier(const std::string& maintainer);

}  // namespace gantry::supply

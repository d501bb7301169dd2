#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "oci/descriptor.hpp"
#include "oci/platform.hpp"

namespace gantry::oci {

/// What an image stands on.
struct ImageBase {
  enum class Kind { kScratch, kImageFile, kLayout, kDockerArchive };
  Kind kind = Kind::kScratch;
  std::string location;  ///< a file; for kLayout a directory, with ":tag" or "@digest" if named
};

/// Where a layer's files come from.
struct LayerSource {
  std::string manifest;   ///< the staged files of a component; empty: a directory
  std::string component;  ///< its name
  std::string directory;
};

/// Files that were built elsewhere, for the layer above all others.
struct PrebuiltFile {
  std::string path;         ///< a file or directory; may hold {os}, {arch}, {variant}, {version}
  std::string destination;  ///< absolute; ends in "/": a directory for it
};

/// An image as its maker describes it: everything but the bytes.
struct ImageSpec {
  std::string name;
  ImageBase base;
  std::string rootfs;  ///< a tar file; empty: none
  bool runtime_libraries = false;
  std::vector<LayerSource> layers;  ///< lowest first
  std::vector<PrebuiltFile> prebuilt;
  std::vector<Platform> platforms;  ///< none: the base's, or the host's; several: an image index
  std::string compression = "gzip";
  std::vector<std::string> entrypoint;
  std::vector<std::string> cmd;
  std::vector<std::pair<std::string, std::string>> env;  ///< values not yet expanded
  std::string user;
  std::string working_dir;
  std::vector<std::string> ports;  ///< "8080/tcp"
  std::vector<std::string> volumes;
  std::string stop_signal;
  std::vector<std::string> healthcheck;  ///< Dockerfile tokens, see parse_healthcheck
  Annotations labels;
  Annotations annotations;
  Annotations default_labels;  ///< labels and annotations that `labels` wins over
  std::string source_directory;
  /// The prefix of version tags in the source directory's checkout, which then gives the version.
  std::optional<std::string> version_tag_prefix;

  /// The one platform that is named; null if there is none, or several.
  const Platform* platform() const { return platforms.size() == 1 ? &platforms.front() : nullptr; }
};

/// Sets one key from its text, as a line of a spec file and an option of the command line give it.
/// Lists grow; of a single value, the last one counts. An empty value changes nothing.
base::Result<void> assign(ImageSpec& spec, std::string_view key, std::string_view value);

/// Reads a spec file: UTF-8, the line "gantry-image 1", then one "key value" a line. Errors name
/// where and the line. A single value that is given twice is an error.
base::Result<ImageSpec> parse_spec(std::string_view text, std::string_view where);

}  // namespace gantry::oci

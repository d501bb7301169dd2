#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "oci/config.hpp"
#include "oci/spec.hpp"

namespace gantry::oci {

/// What is known of an image beyond its spec.
struct Provenance {
  std::int64_t created = 0;  ///< seconds since the epoch
  std::string revision;      ///< of the source, as version control names it; empty: not known
  std::string source;        ///< the URL of its repository; empty: not known
  std::string version = {};  ///< empty: version control names none
};

/// The labels that the spec and its provenance give an image (not those of a base).
Annotations labels_of(const ImageSpec& spec, const Provenance& provenance);

/// The image's annotations: those of its labels that the image-spec names
/// (org.opencontainers.image.*), and over them the spec's own.
Annotations annotations_of(const ImageSpec& spec, const Provenance& provenance);

/// The configuration of the image, without layers of its own: base's (if there is one) with what
/// the spec says, by Docker's rules: an entry point without a command clears the base's command;
/// variables, ports, volumes and labels are added; a relative working directory is below the
/// base's. A platform other than the base's is an error.
base::Result<Config> configure(const ImageSpec& spec, const std::optional<Config>& base,
                               const Provenance& provenance);

}  // namespace gantry::oci

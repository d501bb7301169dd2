#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/image.hpp"
#include "oci/referrer.hpp"

namespace gantry::supply {

inline constexpr const char* kStatementMediaType = "application/vnd.in-toto+json";
inline constexpr const char* kProvenanceType = "https://slsa.dev/provenance/v1";
/// Where the kind of a statement stands in the annotations of what attaches it.
inline constexpr const char* kPredicateTypeAnnotation = "in-toto.io/predicate-type";

/// How gantry_add_image() makes an image; docs/supply-chain.md says what its parameters are.
inline constexpr const char* kBuildType = "urn:gantry:build-type:cmake-image:v1";
inline constexpr const char* kLocalBuilder = "urn:gantry:builder:local";

/// Something else that went into the image.
struct Material {
  std::string name;
  content::Digest digest;
};

/// "name@sha256:…", taken apart.
base::Result<Material> parse_material(std::string_view text);

/// What the image does not say of its own build. What is empty is left out.
struct BuildFacts {
  std::string image;       ///< the name under which it is published
  std::string target;      ///< of CMake
  std::string preset;      ///< of CMake
  std::string build_type;  ///< CMAKE_BUILD_TYPE
  std::vector<std::string> tags;
  std::string compiler;          ///< CMake's id of it: "GNU"
  std::string compiler_version;  ///< "12.2.0"
  std::string tool_version;      ///< Gantry's
  std::vector<Material> materials;
  std::string builder = kLocalBuilder;  ///< a URI
  std::string invocation;               ///< these three are of one run, and end reproducibility
  std::optional<std::int64_t> started_on;
  std::optional<std::int64_t> finished_on;
};

/// Provenance as it is attached to an image.
oci::Attachment provenance_attachment();

/// An in-toto statement (version 1) with SLSA provenance (version 1) about the image, as canonical
/// JSON. The same image and facts give the same bytes.
std::string make_provenance(const oci::Image& image, const BuildFacts& facts);

}  // namespace gantry::supply

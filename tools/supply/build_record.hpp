#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/image.hpp"
#include "oci/spec.hpp"
#include "supply/cmake_project.hpp"
#include "supply/provenance.hpp"

namespace gantry::supply {

/// What CMake knows of how an image is built, and the image does not say. CMake writes it beside
/// the image's spec; nothing in it decides a byte of the image.
struct BuildRecord {
  BuildFacts facts;
  CMakeProject project;
  std::vector<oci::PrebuiltFile> prebuilt;
};

/// UTF-8: the line "gantry-build 1", then one "key value" a line; an empty value is an absent one.
/// Errors name where and the line.
base::Result<BuildRecord> parse_build_record(std::string_view text, std::string_view where);

base::Result<BuildRecord> read_build_record(const std::filesystem::path& path);

/// The record's facts for one image: with the prebuilt files of its platform as materials.
base::Result<BuildFacts> facts_of(const BuildRecord& record, const oci::Image& image);

}  // namespace gantry::supply

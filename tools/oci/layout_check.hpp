#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/blob_directory.hpp"

namespace gantry::oci {

/// Something that is wrong with a layout.
struct LayoutProblem {
  std::string where;  ///< a file
  std::string what;
  bool operator==(const LayoutProblem&) const = default;
};

/// What was found in a layout.
struct LayoutReport {
  struct Tag {
    std::string name;  ///< empty: an entry without a tag
    Descriptor descriptor;
  };
  std::vector<Tag> tags;    ///< the entries of index.json, in order
  std::size_t images = 0;   ///< manifests of images, each once
  std::size_t blobs = 0;    ///< that something refers to
  std::uint64_t bytes = 0;  ///< of these
  std::vector<LayoutProblem> problems;
  std::vector<Descriptor> unreferenced;  ///< blobs that nothing refers to: garbage, but no problem
};

/// Reads all of a layout: every document that can be reached is parsed, every blob held against its
/// size and digest, every layer decompressed and held against its diff_id, and what documents say
/// of each other compared. An Error only if there is no layout to read.
base::Result<LayoutReport> check_layout(const std::filesystem::path& root);

}  // namespace gantry::oci

#pragma once

#include <filesystem>
#include <string>

#include "base/depfile.hpp"
#include "base/result.hpp"

namespace gantry::content {

/// One install component of a build tree, to be put into a directory of its own.
struct StageRequest {
  std::filesystem::path cmake = "cmake";  ///< the program
  std::filesystem::path build_directory;  ///< top-level
  std::string component;
  std::string config;  ///< empty: the build tree's only one
  std::string prefix = "/usr";
  std::filesystem::path tree;      ///< replaced as a whole
  std::filesystem::path manifest;  ///< written only if its text changes
  std::filesystem::path depfile;   ///< empty: none
};

struct Staged {
  bool changed = false;        ///< has the manifest been written?
  std::size_t entries = 0;     ///< in the tree
  base::Depfile dependencies;  ///< as written
};

/// Runs `cmake --install` into a fresh directory (so that no file of an earlier run survives),
/// replaces tree by it and writes the manifest (see content/manifest.hpp). Neither umask, locale
/// nor environment matter. The request is recorded in the file `arguments` beside the manifest.
/// Stages of one component of one build tree wait for each other: cmake writes
/// install_manifest_<component>.txt into the build tree.
base::Result<Staged> stage(const StageRequest& request);

/// The request that was recorded in a file `arguments`; hostile content is an error.
base::Result<StageRequest> read_stage_request(const std::filesystem::path& arguments);

}  // namespace gantry::content

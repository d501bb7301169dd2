#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/spec.hpp"
#include "oci/user_cache.hpp"

namespace gantry::oci {

/// More cannot be mounted by overlayfs, so no engine could run the image.
inline constexpr std::size_t kMaxLayers = 127;

/// What the history says of the layers that no one names.
inline constexpr std::string_view kRootfsLayer = "gantry: root file system";
inline constexpr std::string_view kRuntimeLibrariesLayer = "gantry: runtime libraries";

struct BuildOptions {
  unsigned threads = 0;                    ///< 0: one per core. Never changes the image
  std::optional<std::int64_t> epoch = {};  ///< SOURCE_DATE_EPOCH
  const UserCache* cache = nullptr;        ///< null: none
  bool store_is_temporary = false;         ///< it is left nothing that only later builds would read
  /// Makes what shows the writing of one layer; label, bytes of content.
  std::function<std::unique_ptr<base::Progress>(std::string, std::uint64_t)> progress = {};
};

struct BuiltImage {
  Descriptor manifest;
  std::size_t layers = 0;
  std::size_t rebuilt = 0;                    ///< layers that had to be written
  std::vector<std::filesystem::path> inputs;  ///< every file that decided what it is
  std::vector<base::Error> warnings;          ///< what went wrong without harm
};

/// Builds the image that spec describes: its layers, configuration and manifest are in store
/// afterwards. Layers that the store or the cache holds are not written again.
base::Result<BuiltImage> build_image(const ImageSpec& spec, const BlobStore& store,
                                     const BuildOptions& options);

}  // namespace gantry::oci

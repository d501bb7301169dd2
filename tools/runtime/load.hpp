#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/image.hpp"

namespace gantry::runtime {

struct LoadRequest {
  std::vector<std::string> names;  ///< "name:tag", at least one
  /// Told when the engine refused what should have been enough, before the image is sent whole.
  std::function<void(const base::Error&)> warn = [](const base::Error&) {};
  /// Makes the display for so many bytes to send (0: not known).
  std::function<std::unique_ptr<base::Progress>(std::uint64_t total)> progress = [](std::uint64_t) {
    return base::make_silent_progress();
  };
};

struct Loaded {
  bool was_there = false;  ///< the engine had this very image: only names were set
  std::size_t sent_layers = 0;
  std::uint64_t sent_bytes = 0;  ///< of the stream, or of the blobs that the engine read itself
};

/// Gives the image to a container engine (docker or podman) under the names, which other images
/// lose there, and sends only the layers that no image of the engine has.
///
/// docker gets a `docker load` archive as a stream. Its loader looks a layer up by chain ID, all
/// diff_ids up to it, before it opens the layer's file (moby, image/tarexport/load.go), so those of
/// the engine's images can be left out. With containerd's image store it opens all: that gets all.
/// podman reads the blobs by itself, through an OCI layout that points to where they are.
base::Result<Loaded> load_image(const std::string& engine, const oci::Image& image,
                                const LoadRequest& request);

/// How many of an image's lowest layers are also the lowest of one of an engine's images.
/// inspected: the diff_ids of each of these as a JSON array, one a line; other lines do not count.
std::size_t layers_in_common(std::string_view inspected,
                             const std::vector<content::Digest>& diff_ids);

}  // namespace gantry::runtime

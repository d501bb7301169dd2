#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "oci/image.hpp"

namespace gantry::oci {

/// Something that has another value in another image; absent where it is not there at all.
struct Change {
  std::string name;  ///< "env PATH", "label maintainer"; of a file "mode", "content", …
  std::optional<std::string> before;
  std::optional<std::string> after;
  bool operator==(const Change&) const = default;
};

/// A path whose entries differ.
struct FileChange {
  enum class Kind { kAdded, kRemoved, kChanged };
  std::string path;
  Kind kind = Kind::kChanged;
  std::vector<Change> changes;  ///< of an added or removed one: all that it is
};

struct ImageDiff {
  std::vector<Change> config;     ///< sorted by name; annotations of the manifest among them
  std::vector<FileChange> files;  ///< sorted by path
  bool same() const { return config.empty() && files.empty(); }
};

struct DiffOptions {
  bool ignore_times = false;  ///< mtimes of files, and when the image was created
};

/// Compares what two images are to their user: configuration and files (contents by digest), not
/// how the files are spread over layers. Layers are read and verified, unless both images have the
/// very same.
base::Result<ImageDiff> diff_images(const Image& before, const Image& after,
                                    const DiffOptions& options = {});

}  // namespace gantry::oci

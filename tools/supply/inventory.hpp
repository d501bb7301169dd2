#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/image.hpp"

namespace gantry::supply {

/// A regular file of an image, by one of its names.
struct InventoryFile {
  std::string path;  ///< relative to the root
  std::string sha1;  ///< hexadecimal
  content::Digest sha256;
  std::size_t layer = 0;  ///< that its bytes are in; 0 is the lowest
  bool operator==(const InventoryFile&) const = default;
};

/// What is in an image once its layers lie on each other.
struct Inventory {
  std::vector<InventoryFile> files;  ///< sorted by path

  /// The content of those that say what else is in it: dpkg's database and os-release, by path.
  std::map<std::string, std::string> documents;
};

/// Reads every layer of the image; all of it is verified.
base::Result<Inventory> take_inventory(const oci::Image& image);

}  // namespace gantry::supply

#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oci/image.hpp"
#include "oci/merged_tree.hpp"

namespace gantry::runtime {

/// The files of an image as a program in it would find them, without unpacking it.
class ImageFiles {
 public:
  /// Reads and verifies all layers.
  static base::Result<ImageFiles> read(const oci::Image& image);

  struct Found {
    const oci::MergedEntry* entry = nullptr;  ///< null: there is nothing
    std::string missing;  ///< then: what is not there: "/usr/bin has no 'ap' (but 'app')"
  };

  /// Follows symbolic links inside the image.
  Found find(std::string_view path) const;

  /// The content of a file of at most 1 MiB; empty if there is none.
  base::Result<std::string> text(std::string_view path) const;

 private:
  ImageFiles(const oci::Image& image, oci::MergedTree tree)
      : image_(&image), tree_(std::move(tree)) {}
  const oci::MergedEntry* at(std::string_view path) const;
  std::string explain_missing(const std::string& directory, const std::string& name) const;

  const oci::Image* image_;
  oci::MergedTree tree_;
};

}  // namespace gantry::runtime

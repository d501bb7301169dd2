#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "content/digest.hpp"
#include "oci/image.hpp"
#include "tar_builder.hpp"

namespace gantry::oci::testing {

/// An image with plain layers, in a directory that lives as long as the builder.
class ImageBuilder {
 public:
  ImageBuilder() : ImageBuilder(*base::TempDir::create()) {}

  ImageBuilder& layer(const TarBuilder& tar) { return layer(tar.finish(), media_type::kLayer); }

  /// content is a blob that needs no decoding, or whose content has the given digest.
  ImageBuilder& layer(const std::string& blob, std::string_view media_type) {
    return layer(blob, media_type, content::sha256(blob));
  }
  ImageBuilder& layer(const std::string& blob, std::string_view media_type,
                      const content::Digest& diff_id) {
    Descriptor descriptor;
    descriptor.media_type = media_type;
    descriptor.digest = content::sha256(blob);
    descriptor.size = blob.size();
    EXPECT_TRUE(base::write_file(image_.blobs.path_of(descriptor.digest), blob));
    image_.manifest.layers.push_back(descriptor);
    image_.config.diff_ids.push_back(diff_id);
    return *this;
  }

  Image& image() { return image_; }
  std::filesystem::path scratch() const { return directory_.path() / "scratch"; }

 private:
  explicit ImageBuilder(base::TempDir directory)
      : directory_(std::move(directory)), image_{BlobDirectory(directory_.path()), {}, {}, {}} {
    EXPECT_TRUE(base::make_directories(directory_.path() / "blobs/sha256"));
    EXPECT_TRUE(base::make_directories(scratch()));
  }

  base::TempDir directory_;
  Image image_;
};

}  // namespace gantry::oci::testing

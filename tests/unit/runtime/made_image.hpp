#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "content/digest.hpp"
#include "oci/blob_store.hpp"
#include "oci/image.hpp"
#include "tar_builder.hpp"

namespace gantry::runtime {

/// An image with uncompressed layers in a store of its own.
class MadeImage {
 public:
  MadeImage(oci::Config config, const std::vector<oci::testing::TarBuilder>& layers)
      : store_(*oci::BlobStore::open(directory_->path())),
        image{store_.blobs(), {}, {}, std::move(config)} {
    for (const auto& layer : layers) {
      const auto tar = layer.finish();
      image.manifest.layers.push_back(*store_.put(tar, oci::media_type::kLayer));
      image.config.diff_ids.push_back(content::sha256(tar));
    }
    image.manifest.config = *store_.put(oci::to_json(image.config), oci::media_type::kConfig);
    image.descriptor = *store_.put(oci::to_json(image.manifest), oci::media_type::kManifest);
  }

 private:
  base::Result<base::TempDir> directory_ = base::TempDir::create();
  oci::BlobStore store_;

 public:
  oci::Image image;
};

}  // namespace gantry::runtime

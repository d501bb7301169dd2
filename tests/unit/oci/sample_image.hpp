#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "oci/config.hpp"
#include "oci/manifest.hpp"

namespace gantry::oci {

/// The value, after a failed expectation if there is none.
template <class T>
T expect_value(base::Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().where << ": " << result.error().what;
    throw std::runtime_error("no value");
  }
  return *std::move(result);
}

/// "where: what" of a failure; "" and a failed expectation for a value.
template <class T>
std::string error_text(const base::Result<T>& result) {
  EXPECT_FALSE(result);
  if (result) {
    return "";
  }
  return result.error().where + (result.error().where.empty() ? "" : ": ") + result.error().what;
}

/// A tar file with nothing in it: two zero blocks.
inline std::string empty_tar() {
  return std::string(1024, '\0');
}

/// Stores an image of uncompressed layers.
inline Descriptor store_image(const BlobStore& store, Config config,
                              const std::vector<std::string>& layers) {
  Manifest manifest;
  for (const auto& tar : layers) {
    manifest.layers.push_back(expect_value(store.put(tar, media_type::kLayer)));
    config.diff_ids.push_back(manifest.layers.back().digest);
  }
  manifest.config = expect_value(store.put(to_json(config), media_type::kConfig));
  return expect_value(store.put(to_json(manifest), media_type::kManifest));
}

}  // namespace gantry::oci

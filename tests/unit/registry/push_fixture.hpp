#pragma once

#include <string>

#include <gtest/gtest.h>

#include "registry_fixture.hpp"

namespace gantry::registry {

/// Pushes to a registry on loopback, and looks at what has come of them.
class PushFixture : public RegistryFixture {
 protected:
  void expect_complete(const oci::Descriptor& image, const std::string& tag,
                       const std::string& name = "team/app") {
    const auto there = repository(name).get_manifest(tag);
    ASSERT_TRUE(there) << there.error().what;
    ASSERT_TRUE(*there) << tag;
    EXPECT_EQ((*there)->descriptor.digest, image.digest);
    const auto manifest = oci::parse_manifest((*there)->content, tag);
    ASSERT_TRUE(manifest);
    EXPECT_TRUE(registry_.has_blob(name, manifest->config.digest));
    for (const auto& layer : manifest->layers) {
      EXPECT_TRUE(registry_.has_blob(name, layer.digest)) << layer.digest.text();
    }
  }
};

}  // namespace gantry::registry

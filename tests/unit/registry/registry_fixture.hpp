#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "oci/blob_store.hpp"
#include "oci/config.hpp"
#include "oci/manifest.hpp"
#include "registry/authorizer.hpp"
#include "registry/credentials.hpp"
#include "registry/download.hpp"
#include "registry/push.hpp"
#include "registry/repository.hpp"
#include "tests/registry/test_registry.hpp"

namespace gantry::registry {

/// Bytes that do not repeat, the same for the same seed.
inline std::string noise(std::size_t size, std::uint32_t seed) {
  std::string bytes;
  bytes.reserve(size + 4);
  while (bytes.size() < size) {
    seed = seed * 1664525 + 1013904223;
    bytes.append(reinterpret_cast<const char*>(&seed), sizeof(seed));
  }
  bytes.resize(size);
  return bytes;
}

/// A test registry, and all that it takes to talk to it, without patience.
class RegistryFixture : public testing::Test {
 protected:
  explicit RegistryFixture(test_registry::Options options = {})
      : registry_(*test_registry::TestRegistry::start(std::move(options))) {}

  Repository repository(const std::string& name = "team/app", Access access = Access::kPush) {
    return {session_, name, access};
  }

  void set_quirk(std::string_view assignment) {
    auto quirks = registry_.quirks();
    const auto set = test_registry::set_quirk(quirks, assignment);
    ASSERT_TRUE(set) << set.error().what;
    registry_.set_quirks(std::move(quirks));
  }

  /// The registry lets in one user only, who we are.
  void want_login(test_registry::AuthOptions::Scheme scheme) {
    test_registry::AuthOptions auth;
    auth.scheme = scheme;
    auth.users = {{"me", "secret"}};
    registry_.set_auth(std::move(auth));
    CredentialStore::Options options;
    options.given = Credentials{"me", "secret", "", "", "a test"};
    credentials_ = CredentialStore(std::move(options));
  }

  void add_fault(std::string_view text) {
    auto fault = test_registry::parse_fault(text);
    ASSERT_TRUE(fault) << fault.error().what;
    registry_.add_fault(*std::move(fault));
  }

  oci::Descriptor put(std::string_view content, std::string_view type) {
    return *store_.put(content, type);
  }

  /// An image of layers with these contents.
  oci::Descriptor make_image(const std::vector<std::string>& layers) {
    oci::Config config;
    oci::Manifest manifest;
    for (const auto& layer : layers) {
      manifest.layers.push_back(put(layer, oci::media_type::kLayerGzip));
      config.diff_ids.push_back(manifest.layers.back().digest);
    }
    manifest.config = put(oci::to_json(config), oci::media_type::kConfig);
    return put(oci::to_json(manifest), oci::media_type::kManifest);
  }

  base::Result<Pushed> push(const oci::Descriptor& image, std::vector<std::string> tags = {"1.0"},
                            const std::string& name = "team/app") {
    auto locations = BlobLocations::open(directory_.path() / "locations", session_.registry());
    return push_image(repository(name), store_.blobs(), image, tags, locations);
  }

  /// Method and path of each request so far, without the prefix and the digits of digests.
  std::vector<std::string> requests() const {
    std::vector<std::string> lines;
    for (const auto& recorded : registry_.requests()) {
      lines.push_back(recorded.request.method + " " + recorded.request.path);
    }
    return lines;
  }

  test_registry::TestRegistry registry_;
  base::TempDir directory_ = *base::TempDir::create();
  oci::BlobStore store_ = *oci::BlobStore::open(directory_.path() / "store");
  HttpOptions http_options_ = {.stall_timeout = std::chrono::seconds(5)};
  HttpClient client_ = *HttpClient::create(http_options_);
  CredentialStore credentials_ = CredentialStore({});
  std::chrono::seconds hurry_{0};  ///< by so much the clock goes on whenever it is looked at
  std::atomic<int> looks_ = 0;
  Authorizer authorizer_ = Authorizer(
      credentials_, [this](const HttpRequest& request) { return client_.perform(request); },
      [this] { return std::chrono::system_clock::now() + ++looks_ * hurry_; });
  RetryPolicy policy_ = {.attempts = 4,
                         .first = std::chrono::milliseconds(1),
                         .longest = std::chrono::milliseconds(5)};
  Session session_ = Session(client_, authorizer_, *endpoint_of(registry_.url()), policy_);
};

}  // namespace gantry::registry

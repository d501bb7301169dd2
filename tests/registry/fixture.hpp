#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "content/digest.hpp"
#include "tests/registry/raw_client.hpp"
#include "tests/registry/test_registry.hpp"

namespace gantry::test_registry {

constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";

/// A registry, one connection to it, and the steps that most tests take.
class RegistryTest : public testing::Test {
 protected:
  explicit RegistryTest(Options options = {}) : registry_(start(std::move(options))) {}

  static TestRegistry start(Options options) {
    auto started = TestRegistry::start(std::move(options));
    if (!started) {
      throw std::runtime_error(started.error().what);
    }
    return *std::move(started);
  }

  void set(std::string_view quirk) {
    Quirks quirks = registry_.quirks();
    const auto done = set_quirk(quirks, quirk);
    ASSERT_TRUE(done) << done.error().what;
    registry_.set_quirks(quirks);
  }

  static std::string digest_of(std::string_view bytes) { return content::sha256(bytes).text(); }

  static std::string blob_path(std::string_view bytes) {
    return "/v2/a/b/blobs/" + digest_of(bytes);
  }

  /// The path and query of a URL of this registry.
  static std::string target_of(std::string_view location) {
    const std::size_t host = location.find("://");
    return std::string(
        host == std::string_view::npos ? location : location.substr(location.find('/', host + 3)));
  }

  static std::string with_digest(const std::string& target, std::string_view bytes) {
    return target + (target.find('?') == std::string::npos ? "?" : "&") +
           "digest=" + digest_of(bytes);
  }

  /// Where to send the next step of a new session.
  std::string start_upload() {
    return target_of(client_.request("POST", "/v2/a/b/blobs/uploads/").header("Location"));
  }

  Answer put_blob(std::string_view bytes) {
    return client_.request("PUT", with_digest(start_upload(), bytes), bytes);
  }

  /// A manifest whose config, "{}", and layer, "layer", it pushes first.
  std::string push_parts(std::string_view extra = {}) {
    put_blob("{}");
    put_blob("layer");
    return manifest(extra);
  }

  static std::string manifest(std::string_view extra = {}) {
    return fmt::format(
        R"({{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":"application/x","digest":"{}",)"
        R"("size":2}},"layers":[{{"mediaType":"application/y","digest":"{}","size":5}}]{}}})",
        kManifestType, digest_of("{}"), digest_of("layer"), extra);
  }

  Answer put_manifest(std::string_view reference, std::string_view body, Pairs headers = {}) {
    headers.emplace_back("Content-Type", kManifestType);
    return client_.request("PUT", fmt::format("/v2/a/b/manifests/{}", reference), body, headers);
  }

  /// Sends "layer" as the beginning of a longer PATCH, breaks off, and waits for the registry to
  /// have noticed.
  void break_patch(const std::string& session) {
    {
      RawClient broken(registry_.host());
      broken.send(
          "PATCH " + session +
          " HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\nContent-Range: 0-99\r\n\r\nlayer");
    }
    const auto noticed = [&] {
      const auto recorded = registry_.requests();
      return recorded.back().request.method == "PATCH" && recorded.back().body_bytes == 5;
    };
    for (int i = 0; i < 1000 && !noticed(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_TRUE(noticed());
  }

  Answer get(const std::string& target, const Pairs& headers = {}) {
    return client_.request("GET", target, {}, headers);
  }
  Answer head(const std::string& target) { return client_.request("HEAD", target); }

  TestRegistry registry_;
  RawClient client_{registry_.host()};
};

}  // namespace gantry::test_registry

#include "oci/manifest.hpp"

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

/// Written by umoci 0.4.7: no mediaType of its own.
constexpr std::string_view kUmoci =
    R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:80b942a5dbe8b982ba17f95e3a89aced0d3e1c462793dafec95bb56f5e6cba2d","size":574},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:4ee558180cdfe86449dc6cf49e62a22f6db87008e73a8cd8cfd8f3c97e0818f3","size":94}]})";

/// Written by skopeo 1.9.3 copy --format v2s2.
constexpr std::string_view kDocker =
    R"({"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":574,"digest":"sha256:80b942a5dbe8b982ba17f95e3a89aced0d3e1c462793dafec95bb56f5e6cba2d"},"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":94,"digest":"sha256:4ee558180cdfe86449dc6cf49e62a22f6db87008e73a8cd8cfd8f3c97e0818f3"}]})";

/// The example of image-spec, image-index.md.
constexpr std::string_view kSpecIndex = R"({
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7143,
      "digest": "sha256:e692418e4cbaf90ca69d05a66403747baa33ee08806650b51fab815ad7fc331f",
      "platform": {"architecture": "ppc64le", "os": "linux"}
    },
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "size": 7682,
      "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270",
      "platform": {"architecture": "amd64", "os": "linux"}
    }
  ],
  "annotations": {"com.example.key1": "value1", "com.example.key2": "value2"}
})";

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out(text);
  const auto at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

std::string error_of(std::string_view json) {
  const auto manifest = parse_manifest(json, "doc");
  EXPECT_FALSE(manifest) << json;
  return manifest ? "" : manifest.error().where + ": " + manifest.error().what;
}

TEST(Manifest, ReadsWhatUmociWrites) {
  const auto manifest = parse_manifest(kUmoci, "");
  ASSERT_TRUE(manifest) << manifest.error().what;
  EXPECT_EQ(manifest->media_type, media_type::kManifest);
  EXPECT_EQ(manifest->config.size, 574);
  ASSERT_EQ(manifest->layers.size(), 1);
  EXPECT_EQ(manifest->layers[0].digest.text(),
            "sha256:4ee558180cdfe86449dc6cf49e62a22f6db87008e73a8cd8cfd8f3c97e0818f3");
}

TEST(Manifest, DockerReadsAsTheSameOciManifest) {
  const auto docker = parse_manifest(kDocker, "");
  ASSERT_TRUE(docker) << docker.error().what;
  EXPECT_EQ(*docker, *parse_manifest(kUmoci, ""));
}

TEST(Manifest, WritingIsCanonical) {
  auto manifest = *parse_manifest(kUmoci, "");
  manifest.annotations["b"] = "2";
  manifest.annotations["a"] = "\xc3\xa4";
  const auto text = to_json(manifest);
  EXPECT_EQ(
      text,
      R"({"annotations":{"a":"ä","b":"2"},"config":{"digest":"sha256:80b942a5dbe8b982ba17f95e3a89aced0d3e1c462793dafec95bb56f5e6cba2d","mediaType":"application/vnd.oci.image.config.v1+json","size":574},"layers":[{"digest":"sha256:4ee558180cdfe86449dc6cf49e62a22f6db87008e73a8cd8cfd8f3c97e0818f3","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":94}],"mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2})");
  EXPECT_EQ(*parse_manifest(text, ""), manifest);
}

TEST(Manifest, ErrorsNameTheDocumentAndThePlace) {
  EXPECT_EQ(error_of("[]"), "doc: expected an object, found an array");
  EXPECT_EQ(error_of("{}"), "doc: 'schemaVersion' is missing");
  EXPECT_EQ(error_of(replaced(kUmoci, ":2,", ":1,")),
            "doc: /schemaVersion: schema version 1 is not 2");
  EXPECT_EQ(error_of(replaced(kUmoci, ":94", ":-1")),
            "doc: /layers/0/size: -1 is not from 0 to 9223372036854775807");
  EXPECT_EQ(error_of(replaced(kUmoci, ":94", ":\"94\"")),
            "doc: /layers/0/size: expected a whole number, found a string");
  EXPECT_EQ(error_of(replaced(kUmoci, "sha256:4ee5", "sha256:4EE5")),
            "doc: /layers/0/digest: "
            "'sha256:4EE558180cdfe86449dc6cf49e62a22f6db87008e73a8cd8cfd8f3c97e0818f3' is not a "
            "SHA-256 digest");
  EXPECT_EQ(
      error_of(replaced(kUmoci, "\"application/vnd.oci.image.config.v1+json\"", "\"a\\n/b\"")),
      "doc: /config/mediaType: 'a\\x0a/b' is not a media type");
  EXPECT_EQ(error_of(replaced(kUmoci, "\"layers\"", "\"sreyal\"")), "doc: 'layers' is missing");
}

TEST(Manifest, ADocumentOfTwoKindsIsRefused) {
  EXPECT_EQ(error_of(replaced(kUmoci, "{\"schema", "{\"manifests\":[],\"schema")),
            "doc: 'manifests' does not belong into a document of type "
            "'application/vnd.oci.image.manifest.v1+json'");
  EXPECT_EQ(error_of(kSpecIndex),
            "doc: /mediaType: expected 'application/vnd.oci.image.manifest.v1+json', found "
            "'application/vnd.oci.image.index.v1+json'");
  const auto index = parse_index(kUmoci, "doc");
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().what,
            "'config' does not belong into a document of type "
            "'application/vnd.oci.image.index.v1+json'");
}

TEST(Manifest, CountsAreBounded) {
  std::string layers;
  for (int i = 0; i < 1025; ++i) {
    layers += i == 0 ? "{}" : ",{}";
  }
  const auto text = replaced(kUmoci, "\"layers\":[", "\"layers\":[" + layers + ",");
  EXPECT_EQ(error_of(text), "doc: /layers: 1026 elements are more than the 1024 that are allowed");
}

TEST(Index, ReadsTheExampleOfTheSpecification) {
  const auto index = parse_index(kSpecIndex, "");
  ASSERT_TRUE(index) << index.error().what;
  ASSERT_EQ(index->manifests.size(), 2);
  EXPECT_EQ(index->manifests[0].platform->text(), "linux/ppc64le");
  EXPECT_EQ(index->annotations.at("com.example.key2"), "value2");
  EXPECT_EQ(*parse_index(to_json(*index), ""), *index);
}

TEST(Index, RefusesAPlatformThatIsNone) {
  const auto index = parse_index(replaced(kSpecIndex, "ppc64le", "a/b/c"), "doc");
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().what, "/manifests/0/platform: 'linux/a/b/c' is not a platform");
}

}  // namespace
}  // namespace gantry::oci

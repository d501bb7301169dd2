#include "supply/provenance.hpp"

#include <gtest/gtest.h>

#include "sample_image.hpp"

namespace gantry::supply {
namespace {

using oci::error_text;
using oci::expect_value;

class ProvenanceTest : public testing::Test {
 protected:
  oci::Image image(const oci::Config& config = {}) const {
    const auto manifest = oci::store_image(store_, config, {oci::empty_tar()});
    return expect_value(oci::read_image(store_.blobs(), manifest));
  }

  base::TempDir directory_ = *base::TempDir::create();
  oci::BlobStore store_ = *oci::BlobStore::open(directory_.path());
};

// in-toto's Statement v1 and SLSA's provenance v1, whose required fields these are.
TEST_F(ProvenanceTest, SaysLittleWhereLittleIsKnown) {
  oci::Config config;
  config.platform = oci::Platform{"linux", "arm64", ""};
  const auto made = image(config);
  BuildFacts facts;
  facts.image = "app";
  EXPECT_EQ(
      make_provenance(made, facts),
      R"({"_type":"https://in-toto.io/Statement/v1","predicate":{"buildDefinition":{"buildType":"urn:gantry:build-type:cmake-image:v1","externalParameters":{"platform":"linux/arm64"},"internalParameters":{},"resolvedDependencies":[]},"runDetails":{"builder":{"id":"urn:gantry:builder:local"}}},"predicateType":"https://slsa.dev/provenance/v1","subject":[{"digest":{"sha256":")" +
          made.descriptor.digest.hex() + R"("},"name":"app"}]})");
}

TEST_F(ProvenanceTest, NamesAllThatIsKnown) {
  oci::Config config;
  config.platform = oci::Platform{"linux", "amd64", ""};
  config.labels = {{"org.opencontainers.image.revision", "c0ffee"},
                   {"org.opencontainers.image.source", "https://example.org/a.git"}};
  oci::HistoryEntry rootfs;
  rootfs.created_by = "gantry: root file system";
  config.history = {rootfs};
  auto made = image(config);
  const auto base = content::sha256("base");
  made.manifest.annotations = {{"org.opencontainers.image.base.digest", base.text()},
                               {"org.opencontainers.image.base.name", "debian:12"}};
  BuildFacts facts;
  facts.image = "registry.example.org/app";
  facts.target = "app";
  facts.preset = "release";
  facts.build_type = "Release";
  facts.tags = {"1.0", "latest"};
  facts.compiler = "GNU";
  facts.compiler_version = "12.2.0";
  facts.tool_version = "0.1.0";
  facts.materials = {expect_value(parse_material("a@b@" + base.text()))};
  facts.builder = "https://example.org/builder";
  facts.invocation = "run/1";
  facts.started_on = 0;
  facts.finished_on = 1;
  EXPECT_EQ(
      make_provenance(made, facts),
      R"({"_type":"https://in-toto.io/Statement/v1","predicate":{"buildDefinition":{"buildType":"urn:gantry:build-type:cmake-image:v1","externalParameters":{"buildType":"Release","platform":"linux/amd64","preset":"release","source":"https://example.org/a.git","tags":["1.0","latest"],"target":"app"},"internalParameters":{"compiler":"GNU","compilerVersion":"12.2.0","gantryVersion":"0.1.0"},"resolvedDependencies":[{"digest":{"gitCommit":"c0ffee"},"name":"source","uri":"git+https://example.org/a.git@c0ffee"},{"annotations":{"name":"debian:12"},"digest":{"sha256":")" +
          base.hex() + R"("},"name":"base image"},{"digest":{"sha256":")" +
          content::sha256(oci::empty_tar()).hex() +
          R"("},"name":"root file system"},{"name":"compiler","uri":"pkg:generic/GNU@12.2.0"},{"digest":{"sha256":")" +
          base.hex() +
          R"("},"name":"a@b"}]},"runDetails":{"builder":{"id":"https://example.org/builder"},"metadata":{"finishedOn":"1970-01-01T00:00:01Z","invocationId":"run/1","startedOn":"1970-01-01T00:00:00Z"}}},"predicateType":"https://slsa.dev/provenance/v1","subject":[{"digest":{"sha256":")" +
          made.descriptor.digest.hex() + R"("},"name":"registry.example.org/app"}]})");
}

TEST(Material, IsANameAndADigest) {
  const auto digest = content::sha256("x").text();
  EXPECT_EQ(expect_value(parse_material("n@" + digest)).name, "n");
  for (const auto& text : {std::string("n"), std::string("n@sha256:0"), "@" + digest, digest}) {
    EXPECT_EQ(error_text(parse_material(text)), "'" + text + "' is no material");
  }
}

}  // namespace
}  // namespace gantry::supply

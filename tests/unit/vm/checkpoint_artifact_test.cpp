#include "vm/checkpoint_artifact.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::vm {
namespace {

using testing::HasSubstr;

CheckpointArtifact example() {
  CheckpointArtifact artifact;
  artifact.inputs = {{std::string(64, 'a'), 7, content::sha256("disk"), {0, 1}}};
  artifact.stages = {{R"({"name":"ready"})", "2026-11-21T22:00:00Z", false, {2}},
                     {R"({"name":"final"})", "2026-11-21T22:00:05Z", true, {3}}};
  return artifact;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(CheckpointArtifactTest, IsReadAsItIsWritten) {
  const auto text = to_json(example());
  const auto read = parse_checkpoint_artifact(text, 4, "config");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(to_json(*read), text);
  EXPECT_EQ(read->inputs[0].size, 7U);
  EXPECT_EQ(read->stages[1].checkpoint, R"({"name":"final"})");
  EXPECT_TRUE(read->stages[1].memory_is_delta);
}

TEST(CheckpointArtifactTest, WhatIsWrongIsNamed) {
  const auto text = to_json(example());
  const auto said = [](const std::string& changed, std::size_t layers = 4) {
    const auto read = parse_checkpoint_artifact(changed, layers, "config");
    return read ? std::string("nothing") : read.error().where + ": " + read.error().what;
  };
  EXPECT_THAT(said(replaced(text, R"("formatVersion":1)", R"("formatVersion":2)")),
              HasSubstr("this is a checkpoint of another Gantry (format 2, not 1)"));
  EXPECT_THAT(said(replaced(text, "[0,1]", "[0,4]")), HasSubstr("there is no such layer"));
  EXPECT_THAT(said(replaced(text, "[0,1]", "[0,-1]")), HasSubstr("/inputs/0/layers/1"));
  EXPECT_THAT(said(replaced(text, "[2]", "[1]")), HasSubstr("this layer is of two things"));
  EXPECT_THAT(said(text, 5), HasSubstr("there are layers of nothing"));
  EXPECT_THAT(said(replaced(text, std::string(64, 'a'), "../" + std::string(61, 'a'))),
              HasSubstr("this is no name of an input"));
  EXPECT_THAT(said(replaced(text, R"("size":7)", R"("size":9000000000000000000)")),
              HasSubstr("this is too large"));
  EXPECT_THAT(said(replaced(text, "sha256:", "md5:")), HasSubstr("md5"));
  EXPECT_THAT(said(replaced(text, "2026-11-21T22:00:00Z", "yesterday")),
              HasSubstr("this is no time"));
  EXPECT_THAT(said(replaced(text, R"("memoryIsDelta":false)", R"("memoryIsDelta":true)")),
              HasSubstr("there is no stage before it"));
  EXPECT_THAT(said(R"({"formatVersion":1,"inputs":[],"stages":[]})", 0),
              HasSubstr("there is no checkpoint"));
  EXPECT_THAT(said(text.substr(0, text.size() / 2)), HasSubstr("config"));
}

TEST(CheckpointArtifactTest, OnlyManifestsOfCheckpointsAreTaken) {
  oci::Manifest manifest;
  manifest.artifact_type = kCheckpointArtifact;
  manifest.config.media_type = kCheckpointConfig;
  const auto add = [&manifest](std::uint64_t size) {
    oci::Descriptor layer;
    layer.media_type = kCheckpointLayer;
    layer.digest = content::sha256(std::to_string(manifest.layers.size()));
    layer.size = size;
    manifest.layers.push_back(layer);
  };
  for (std::size_t i = 0; i < kMostLayers; ++i) {
    add(100);
  }
  EXPECT_TRUE(check_checkpoint_manifest(manifest, "place"));
  add(100);
  EXPECT_EQ(check_checkpoint_manifest(manifest, "place").error().what,
            "the checkpoint has 41 layers, which is more than 40");
  manifest.layers.resize(2);
  manifest.layers[1].digest = manifest.layers[0].digest;
  EXPECT_EQ(check_checkpoint_manifest(manifest, "place").error().what,
            "the checkpoint has a layer twice");
  manifest.layers.resize(1);
  add(std::uint64_t{1} << 40);
  EXPECT_THAT(check_checkpoint_manifest(manifest, "place").error().what,
              HasSubstr("has 1099511627776 bytes"));
  manifest.artifact_type.clear();
  manifest.config.media_type = "application/vnd.oci.image.config.v1+json";
  EXPECT_EQ(check_checkpoint_manifest(manifest, "place").error().what,
            "this is no checkpoint of Gantry, but 'application/vnd.oci.image.config.v1+json'");
}

}  // namespace
}  // namespace gantry::vm

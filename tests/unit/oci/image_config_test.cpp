#include "oci/image_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

Config base_config() {
  Config config;
  config.platform = {"linux", "arm64", "v8"};
  config.author = "someone else";
  config.user = "base";
  config.env = {"PATH=/bin", "LANG=C"};
  config.entrypoint = {"/bin/sh"};
  config.cmd = {"-i"};
  config.working_dir = "/srv";
  config.exposed_ports = {"80/tcp"};
  config.volumes = {"/data"};
  config.labels = {{"a", "base"}, {"b", "base"}};
  config.stop_signal = "SIGINT";
  config.healthcheck = Healthcheck{{"CMD", "true"}, 0, 0, 0, 0};
  return config;
}

Config configured(const ImageSpec& spec, const std::optional<Config>& base = base_config()) {
  auto config = configure(spec, base, {});
  EXPECT_TRUE(config) << config.error().what;
  return *std::move(config);
}

TEST(ImageConfig, WhatTheSpecLeavesOutIsTheBases) {
  auto expected = base_config();
  expected.author.clear();
  expected.created = 0;
  expected.labels["org.opencontainers.image.created"] = "1970-01-01T00:00:00Z";
  EXPECT_EQ(configured({}), expected);
}

TEST(ImageConfig, AnEntryPointClearsTheBasesCommand) {
  ImageSpec spec;
  spec.entrypoint = {"/app"};
  EXPECT_THAT(configured(spec).entrypoint, ElementsAre("/app"));
  EXPECT_THAT(configured(spec).cmd, IsEmpty());
  spec.cmd = {"serve"};
  EXPECT_THAT(configured(spec).cmd, ElementsAre("serve"));
  spec.entrypoint.clear();
  EXPECT_THAT(configured(spec).entrypoint, ElementsAre("/bin/sh"));
  EXPECT_THAT(configured(spec).cmd, ElementsAre("serve"));
}

TEST(ImageConfig, VariablesExpandAgainstTheBaseAndEarlierOnes) {
  ImageSpec spec;
  spec.env = {{"ROOT", "/opt"}, {"PATH", "${ROOT}/bin:$PATH"}, {"LANG", ""}};
  EXPECT_THAT(configured(spec).env, ElementsAre("PATH=/opt/bin:/bin", "LANG=", "ROOT=/opt"));
  spec.env = {{"X", "${X:-1}"}};
  EXPECT_EQ(configure(spec, {}, {}).error().where, "environment variable X");
}

TEST(ImageConfig, SetsAreJoinedAndLabelsReplaced) {
  ImageSpec spec;
  spec.ports = {"9/udp", "80/tcp"};
  spec.volumes = {"/cache"};
  spec.default_labels = {{"a", "default"}, {"c", "default"}};
  spec.labels = {{"c", "label"}};
  const auto config = configured(spec);
  EXPECT_THAT(config.exposed_ports, ElementsAre("80/tcp", "9/udp"));
  EXPECT_THAT(config.volumes, ElementsAre("/cache", "/data"));
  EXPECT_EQ(config.labels.at("a"), "default");
  EXPECT_EQ(config.labels.at("b"), "base");
  EXPECT_EQ(config.labels.at("c"), "label");
}

TEST(ImageConfig, WorkingDirectoriesAreAbsoluteInTheImage) {
  const auto in_base = [](std::string directory) {
    ImageSpec spec;
    spec.working_dir = std::move(directory);
    return configured(spec).working_dir;
  };
  EXPECT_EQ(in_base("app/"), "/srv/app");
  EXPECT_EQ(in_base("/x/../y"), "/y");
  EXPECT_EQ(in_base("../../.."), "/");
  ImageSpec spec;
  spec.working_dir = "app";
  EXPECT_EQ(configured(spec, std::nullopt).working_dir, "/app");
}

TEST(ImageConfig, HealthChecksReplaceTheBases) {
  ImageSpec spec;
  spec.healthcheck = {"NONE"};
  EXPECT_THAT(configured(spec).healthcheck->test, ElementsAre("NONE"));
  spec.name = "app";
  spec.healthcheck = {"--retries=x"};
  const auto failed = configure(spec, {}, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "'x' is not a number of retries");
}

TEST(ImageConfig, ThePlatformIsTheBases) {
  ImageSpec spec;
  spec.name = "app";
  EXPECT_EQ(configured(spec).platform, (Platform{"linux", "arm64", "v8"}));
  EXPECT_EQ(configured(spec, std::nullopt).platform, Platform::host());
  spec.platforms = {Platform{"linux", "riscv64", ""}};
  EXPECT_EQ(configured(spec, std::nullopt).platform, spec.platforms.front());
  const auto failed = configure(spec, base_config(), {});
  spec.platforms = {Platform{"linux", "arm64", ""}};
  EXPECT_EQ(configured(spec).platform, (Platform{"linux", "arm64", "v8"}));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "the base is for linux/arm64/v8, the image for linux/riscv64");
}

TEST(ImageConfig, StandardLabelsAreAnnotationsToo) {
  ImageSpec spec;
  spec.default_labels = {{"org.opencontainers.image.title", "App"}, {"mine", "x"}};
  spec.labels = {{"org.opencontainers.image.revision", "mine"}};
  spec.annotations = {{"note", "y"}, {"org.opencontainers.image.source", "elsewhere"}};
  const Provenance provenance{1'700'000'000, "abc", "https://example.com/app"};
  EXPECT_THAT(annotations_of(spec, provenance),
              ElementsAre(Pair("note", "y"),
                          Pair("org.opencontainers.image.created", "2023-11-14T22:13:20Z"),
                          Pair("org.opencontainers.image.revision", "mine"),
                          Pair("org.opencontainers.image.source", "elsewhere"),
                          Pair("org.opencontainers.image.title", "App")));
  EXPECT_EQ(labels_of(spec, provenance).at("org.opencontainers.image.source"),
            "https://example.com/app");
}

}  // namespace
}  // namespace gantry::oci

#include "oci/spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

using testing::ElementsAre;
using testing::Pair;

base::Result<ImageSpec> parse(const std::string& lines) {
  return parse_spec("gantry-image 1\nname app\n" + lines, "app.spec");
}

void expect_error(const std::string& lines, std::string_view what, std::string_view hint = "") {
  const auto spec = parse(lines);
  ASSERT_FALSE(spec) << lines;
  EXPECT_EQ(spec.error().what, what);
  EXPECT_EQ(spec.error().where, "app.spec:3");
  if (!hint.empty()) {
    EXPECT_EQ(spec.error().hint, hint);
  }
}

TEST(Spec, EveryKeyIsRead) {
  const auto spec = parse(
      "base oci /with space/layout:v1\n"
      "rootfs /r.tar\n"
      "runtime-libraries on\n"
      "layer /stage/a b/manifest\tlibraries\n"
      "layer /stage/c/manifest\tprogram\n"
      "platform linux/arm/v7\n"
      "compression zstd\n"
      "entrypoint /usr/bin/app\nentrypoint --flag with space\n"
      "cmd serve\n"
      "env PATH=/opt/bin:${PATH}\nenv EMPTY=\n"
      "user 1000:1000\nworkdir /srv\nport 8080\nport 53/udp\nport 9000-9002\nvolume /data\n"
      "stop-signal SIGINT\n"
      "healthcheck --interval=3s\nhealthcheck /bin/true\n"
      "label a=b=c\nannotation x=y\ndefault-label org.opencontainers.image.title=App\n"
      "source-directory /src\n");
  ASSERT_TRUE(spec) << spec.error().where << spec.error().what;
  EXPECT_EQ(spec->name, "app");
  EXPECT_EQ(spec->base.kind, ImageBase::Kind::kLayout);
  EXPECT_EQ(spec->base.location, "/with space/layout:v1");
  EXPECT_EQ(spec->rootfs, "/r.tar");
  EXPECT_TRUE(spec->runtime_libraries);
  ASSERT_EQ(spec->layers.size(), 2U);
  EXPECT_EQ(spec->layers[0].manifest, "/stage/a b/manifest");
  EXPECT_EQ(spec->layers[1].component, "program");
  EXPECT_EQ(*spec->platform(), (Platform{"linux", "arm", "v7"}));
  EXPECT_EQ(spec->compression, "zstd");
  EXPECT_THAT(spec->entrypoint, ElementsAre("/usr/bin/app", "--flag with space"));
  EXPECT_THAT(spec->cmd, ElementsAre("serve"));
  EXPECT_THAT(spec->env, ElementsAre(Pair("PATH", "/opt/bin:${PATH}"), Pair("EMPTY", "")));
  EXPECT_EQ(spec->user, "1000:1000");
  EXPECT_EQ(spec->working_dir, "/srv");
  EXPECT_THAT(spec->ports, ElementsAre("8080/tcp", "53/udp", "9000/tcp", "9001/tcp", "9002/tcp"));
  EXPECT_THAT(spec->volumes, ElementsAre("/data"));
  EXPECT_EQ(spec->stop_signal, "SIGINT");
  EXPECT_THAT(spec->healthcheck, ElementsAre("--interval=3s", "/bin/true"));
  EXPECT_THAT(spec->labels, ElementsAre(Pair("a", "b=c")));
  EXPECT_THAT(spec->annotations, ElementsAre(Pair("x", "y")));
  EXPECT_THAT(spec->default_labels, ElementsAre(Pair("org.opencontainers.image.title", "App")));
  EXPECT_EQ(spec->source_directory, "/src");
}

TEST(Spec, EmptyValuesAreAbsentKeys) {
  const auto spec = parse("entrypoint \ncmd\nport \nlabel \nbase \nplatform \nuser \nuser me\n\n");
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_TRUE(spec->entrypoint.empty());
  EXPECT_TRUE(spec->cmd.empty());
  EXPECT_EQ(spec->base.kind, ImageBase::Kind::kScratch);
  EXPECT_FALSE(spec->platform());
  EXPECT_EQ(spec->user, "me");
}

TEST(Spec, OrderDoesNotMatterAndTheLastNewlineMayBeMissing) {
  const auto spec = parse_spec("gantry-image 1\ncmd x\nname late", "s");
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->name, "late");
}

TEST(Spec, UnknownKeysNameTheNearest) {
  expect_error("entrypont /app\n", "unknown key 'entrypont'", "did you mean 'entrypoint'?");
  expect_error("# a comment\n", "unknown key '#'");
  expect_error(std::string(500, 'x') + "\n", "unknown key '" + std::string(64, 'x') + "'");
}

TEST(Spec, MistakesInValuesAreNamedWithTheirLine) {
  expect_error("base debian\n", "'debian' is not a kind of base");
  expect_error("base image\n", "the base 'image' names no place");
  expect_error("base scratch x\n", "the base 'scratch' takes no place");
  expect_error("runtime-libraries yes\n", "'yes' is neither 'on' nor 'off'");
  expect_error("layer /no/tab\n", "'/no/tab' is not a layer");
  expect_error("platform amd64\n", "'amd64' is not a platform",
               "a platform is os/architecture[/variant], for example linux/amd64");
  expect_error("env =x\n", "'=x' is not an environment variable");
  expect_error("label only-a-name\n", "'only-a-name' is not a label");
  expect_error("volume data\n", "the volume 'data' is not an absolute path");
  expect_error("stop-signal SIGNOPE\n", "'SIGNOPE' is not a signal");
  for (const std::string bad : {"0", "65536", "80/icmp", "-1", "9-8", "80-", "x"}) {
    expect_error("port " + bad + "\n", "'" + bad + "' is not a port");
  }
}

TEST(Spec, ASingleValueGivenTwiceIsAnError) {
  expect_error("name other\n", "'name' is given twice");
}

TEST(Spec, HostileTextIsRefused) {
  expect_error("cmd \xff\n", "the line is not UTF-8 text");
  expect_error(std::string("cmd a\0b\n", 8), "the line is not UTF-8 text");
  expect_error("cmd " + std::string(70'000, 'x') + "\n", "the line is longer than 65536 bytes");
  std::string ports = "port 1-65535\n";
  const auto many = parse(ports + ports);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().what, "more than 65535 ports");
  EXPECT_EQ(parse_spec("", "s").error().what,
            "this is not an image spec: its first line is not 'gantry-image 1'");
  EXPECT_EQ(parse_spec("gantry-image 10\n", "s").error().where, "s:1");
  EXPECT_EQ(parse_spec("gantry-image 1\n", "s").error().what, "the image has no name");
  EXPECT_EQ(parse_spec(std::string(5 << 20, 'x'), "s").error().what,
            "the spec is longer than 4194304 bytes");
}

TEST(Spec, OneKeyCanBeAssigned) {
  ImageSpec spec;
  ASSERT_TRUE(assign(spec, "user", "a"));
  ASSERT_TRUE(assign(spec, "user", "b"));
  ASSERT_TRUE(assign(spec, "user", ""));
  EXPECT_EQ(spec.user, "b");
  EXPECT_EQ(assign(spec, "usr", "x").error().hint, "did you mean 'user'?");
}

}  // namespace
}  // namespace gantry::oci

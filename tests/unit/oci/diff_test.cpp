#include "oci/diff.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image_builder.hpp"

namespace gantry::oci {

namespace {

using ::testing::ElementsAre;
using testing::ImageBuilder;
using ::testing::IsEmpty;
using testing::pax_record;
using testing::TarBuilder;

std::string text_of(const Change& change) {
  return fmt::format("{}: {} -> {}", change.name, change.before.value_or("(none)"),
                     change.after.value_or("(none)"));
}

std::vector<std::string> lines_of(ImageBuilder& before, ImageBuilder& after,
                                  const DiffOptions& options = {}) {
  const auto diff = diff_images(before.image(), after.image(), options);
  if (!diff) {
    return {diff.error().what};
  }
  std::vector<std::string> lines;
  for (const auto& change : diff->config) {
    lines.push_back(text_of(change));
  }
  for (const auto& file : diff->files) {
    if (file.kind != FileChange::Kind::kChanged) {
      lines.push_back((file.kind == FileChange::Kind::kAdded ? "+ " : "- ") + file.path);
      EXPECT_FALSE(file.changes.empty());
      continue;
    }
    for (const auto& change : file.changes) {
      lines.push_back(file.path + " " + text_of(change));
    }
  }
  return lines;
}

TEST(Diff, SeesNoDifferenceInHowFilesAreSpreadOverLayers) {
  ImageBuilder before;
  before.layer(TarBuilder().directory("d").file("d/a", "a").file("b", "b"));
  ImageBuilder after;
  after.layer(TarBuilder().directory("d").file("b", "old"))
      .layer(TarBuilder().file("d/a", "a").file("b", "b"));
  EXPECT_THAT(lines_of(before, after), IsEmpty());
  EXPECT_THAT(lines_of(before, before), IsEmpty());
}

TEST(Diff, NamesWhatChangedInFiles) {
  ImageBuilder before;
  before.layer(TarBuilder()
                   .file("content", "old")
                   .file("mode", "", 0644)
                   .header({.name = "owner", .mtime = 60})
                   .symlink("target", "old")
                   .file("type", "x")
                   .extended('x', pax_record("SCHILY.xattr.user.a", "old"))
                   .file("xattr", "")
                   .file("removed", ""));
  ImageBuilder after;
  after.layer(TarBuilder()
                  .file("content", "new")
                  .file("mode", "", 0755)
                  .header({.name = "owner", .uid = 5, .gid = 6, .mtime = 120})
                  .symlink("target", "new")
                  .directory("type")
                  .file("type/inside", "")
                  .extended('x', pax_record("SCHILY.xattr.user.a", "new") +
                                     pax_record("SCHILY.xattr.user.b", ""))
                  .file("xattr", ""));
  EXPECT_THAT(
      lines_of(before, after),
      ElementsAre("content content: " + content::sha256("old").text() + " -> " +
                      content::sha256("new").text(),
                  "mode mode: 0644 -> 0755",
                  "owner mtime: 1970-01-01T00:01:00Z -> "
                  "1970-01-01T00:02:00Z",
                  "owner owner: 0:0 -> 5:6", "- removed", "target target: old -> new",
                  "type content: " + content::sha256("x").text() + " -> (none)",
                  "type mode: 0644 -> 0755", "type size: 1 -> (none)",
                  "type type: file -> directory", "+ type/inside",
                  "xattr xattr user.a: 6f6c64 -> 6e6577", "xattr xattr user.b: (none) -> "));
}

TEST(Diff, NamesWhatChangedInTheConfiguration) {
  ImageBuilder before;
  auto& old = before.image();
  old.config.created = 0;
  old.config.env = {"PATH=/bin", "GONE=1"};
  old.config.entrypoint = {"/bin/app", "two words"};
  old.config.labels = {{"version", "1"}};
  old.config.exposed_ports = {"80/tcp"};
  ImageBuilder after;
  auto& now = after.image();
  now.config.created = 60;
  now.config.env = {"NEW=", "PATH=/usr/bin"};
  now.config.entrypoint = {"/bin/app"};
  now.config.labels = {{"version", "2"}};
  now.config.user = "app";
  now.manifest.annotations = {{"note", "n"}};
  const auto created = "created: 1970-01-01T00:00:00Z -> 1970-01-01T00:01:00Z";
  EXPECT_THAT(
      lines_of(before, after),
      ElementsAre("annotation note: (none) -> n", created,
                  "entrypoint: /bin/app 'two words' -> /bin/app", "env GONE: 1 -> (none)",
                  "env NEW: (none) -> ", "env PATH: /bin -> /usr/bin", "label version: 1 -> 2",
                  "port 80/tcp:  -> (none)", "user: (none) -> app"));
}

TEST(Diff, CanIgnoreTimes) {
  ImageBuilder before;
  before.layer(TarBuilder().header({.name = "a", .mtime = 1}));
  before.image().config.created = 0;
  before.image().config.labels = {{"org.opencontainers.image.created", "then"}};
  ImageBuilder after;
  after.layer(TarBuilder().header({.name = "a", .mtime = 2}));
  after.image().config.created = 1;
  after.image().config.labels = {{"org.opencontainers.image.created", "now"}};
  EXPECT_EQ(lines_of(before, after).size(), 3U);
  EXPECT_THAT(lines_of(before, after, {.ignore_times = true}), IsEmpty());
}

TEST(Diff, SaysWhichLayerCannotBeRead) {
  ImageBuilder before;
  ImageBuilder after;
  after.layer(std::string(512, 'x'), media_type::kLayer);
  const auto diff = diff_images(before.image(), after.image());
  ASSERT_FALSE(diff);
  EXPECT_EQ(diff.error().what, "not a tar header: its checksum does not match");
  EXPECT_EQ(diff.error().where, "layer " + after.image().manifest.layers[0].digest.text());
}

}  // namespace

}  // namespace gantry::oci

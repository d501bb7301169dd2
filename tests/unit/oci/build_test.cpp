#include "oci/build.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image_fixture.hpp"
#include "oci/layout.hpp"
#include "oci/merged_tree.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using content::EntryType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class Build : public ImageTest {};

std::vector<std::string> paths(const MergedTree& tree) {
  std::vector<std::string> names;
  for (const auto& merged : tree) {
    names.push_back(std::string(merged.entry.path) +
                    (merged.entry.type == EntryType::kDirectory ? "/" : ""));
  }
  return names;
}

TEST_F(Build, ComponentsBecomeLayers) {
  add_file("library", "usr/lib/libx.so", "library");
  add_file("program", "usr/bin/app", "program", 0755);
  spec_.entrypoint = {"/usr/bin/app"};
  spec_.default_labels = {{"org.opencontainers.image.title", "App"}};
  const auto built = build();
  EXPECT_EQ(built.layers, 2U);
  EXPECT_EQ(built.rebuilt, 2U);
  EXPECT_THAT(built.inputs,
              UnorderedElementsAre(path("stage/library/manifest"), path("stage/program/manifest")));
  const auto image = opened(built);
  EXPECT_THAT(image.config.entrypoint, ElementsAre("/usr/bin/app"));
  EXPECT_EQ(image.config.diff_ids.size(), 2U);
  ASSERT_EQ(image.config.history.size(), 2U);
  EXPECT_EQ(image.config.history[1].created_by, "gantry: component program");
  EXPECT_EQ(image.manifest.annotations.at("org.opencontainers.image.title"), "App");
  EXPECT_THAT(image.manifest.layers[0].annotations.at("dev.gantry.encoder"), HasSubstr("gzip"));
  const auto tree = merged_tree(image, Contents::kHash);
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_THAT(paths(*tree),
              ElementsAre("usr/", "usr/bin/", "usr/bin/app", "usr/lib/", "usr/lib/libx.so"));
  EXPECT_EQ((*tree)[2].entry.mode, 0755U);
  EXPECT_EQ((*tree)[2].entry.uid, 0U);
  EXPECT_EQ((*tree)[2].entry.mtime, 0);
  EXPECT_EQ((*tree)[2].entry.identity, content::sha256("program"));
}

TEST_F(Build, AnImageMayHaveNoLayers) {
  spec_.cmd = {"x"};
  EXPECT_EQ(opened(build()).manifest.layers.size(), 0U);
}

TEST_F(Build, OnlyWhatChangedIsWritten) {
  add_file("library", "usr/lib/libx.so", "library");
  add_file("program", "usr/bin/app", "one");
  const auto first = build();
  const auto again = build();
  EXPECT_EQ(again.rebuilt, 0U);
  EXPECT_EQ(again.manifest, first.manifest);
  spec_.layers.pop_back();
  add_file("program", "usr/bin/app", "two");
  const auto changed = build();
  EXPECT_EQ(changed.rebuilt, 1U);
  EXPECT_NE(changed.manifest.digest, first.manifest.digest);
  EXPECT_EQ(opened(changed).manifest.layers[0], opened(first).manifest.layers[0]);
}

TEST_F(Build, TheUserCacheServesOtherStores) {
  add_file("program", "usr/bin/app", "program");
  const auto cache = UserCache::open(path("cache"), 1 << 30);
  ASSERT_TRUE(cache);
  BuildOptions options;
  options.cache = &*cache;
  const auto first = build(options);
  const auto other = build_image(spec_, store("other"), options);
  ASSERT_TRUE(other) << other.error().what;
  EXPECT_EQ(other->rebuilt, 0U);
  EXPECT_EQ(other->manifest, first.manifest);
}

TEST_F(Build, TheEpochIsTheTimeOfEverything) {
  add_file("program", "usr/bin/app", "program");
  BuildOptions options;
  options.epoch = 1'700'000'000;
  const auto image = opened(build(options));
  EXPECT_EQ(image.config.created, 1'700'000'000);
  EXPECT_EQ(image.config.labels.at("org.opencontainers.image.created"), "2023-11-14T22:13:20Z");
  const auto merged = merged_tree(image, Contents::kSkip);
  for (const auto& entry : *merged) {
    EXPECT_EQ(entry.entry.mtime, 1'700'000'000) << entry.entry.path.view();
  }
}

TEST_F(Build, ThreadsTimesAndPlacesDoNotMatter) {
  for (int i = 0; i < 40; ++i) {
    write(path("stage/a/tree/usr/share/" + std::to_string(i)), std::string(100'000, char(i)));
  }
  add_component("a");
  BuildOptions options;
  options.threads = 1;
  const auto one = build(options);
  fs::rename(path("stage"), path("moved"));
  spec_.layers[0].manifest = path("moved/a/manifest").native();
  for (const auto& item : fs::recursive_directory_iterator(path("moved/a/tree"))) {
    fs::last_write_time(item, fs::file_time_type::clock::now());
  }
  options.threads = 4;
  const auto four = build_image(spec_, store("other"), options);
  ASSERT_TRUE(four) << four.error().what;
  EXPECT_EQ(four->manifest, one.manifest);
}

TEST_F(Build, AnImageStandsOnAnother) {
  add_file("below", "usr/lib/x", "x");
  spec_.entrypoint = {"/bin/sh"};
  spec_.cmd = {"-c"};
  fs::create_symlink("usr/lib", path("stage/below/tree/lib"));
  spec_.layers.clear();
  add_component("below");
  const auto below = build();
  ASSERT_TRUE(write_image_file(path("below.image"), store().blobs().root(), below.manifest));

  spec_ = {};
  spec_.name = "app";
  spec_.base = {ImageBase::Kind::kImageFile, path("below.image").native()};
  spec_.entrypoint = {"/app"};
  add_file("app", "lib/y", "y");
  const auto built = build();
  EXPECT_EQ(built.layers, 2U);
  EXPECT_EQ(built.rebuilt, 1U);
  EXPECT_THAT(built.inputs, testing::Contains(path("below.image")));
  const auto image = opened(built);
  EXPECT_TRUE(image.config.cmd.empty());
  EXPECT_EQ(image.manifest.annotations.at("org.opencontainers.image.base.digest"),
            below.manifest.digest.text());
  EXPECT_EQ(image.manifest.annotations.at("org.opencontainers.image.base.name"), "below");
  EXPECT_THAT(paths(*merged_tree(image, Contents::kHash)),
              ElementsAre("lib", "usr/", "usr/lib/", "usr/lib/x", "usr/lib/y"));
}

TEST_F(Build, AForeignLayoutIsABaseAndStaysAsItIs) {
  add_file("below", "etc/below", "x");
  const auto below = build();
  const auto layout = Layout::open_or_create(path("layout"));
  ASSERT_TRUE(layout);
  const std::vector<std::string> tags = {"v1"};
  ASSERT_TRUE(layout->publish(store().blobs(), below.manifest, tags));
  ASSERT_TRUE(base::remove_tree(path("store")));

  spec_.layers.clear();
  spec_.base = {ImageBase::Kind::kLayout, path("layout").native() + ":v1"};
  add_file("app", "etc/app", "y");
  const auto built = build();
  EXPECT_EQ(built.layers, 2U);
  EXPECT_EQ(built.rebuilt, 1U);
  EXPECT_THAT(paths(*merged_tree(opened(built), Contents::kHash)),
              ElementsAre("etc/", "etc/app", "etc/below"));
  EXPECT_EQ(build().rebuilt, 0U);
}

TEST_F(Build, ACorruptBaseIsAnError) {
  add_file("below", "etc/below", "x");
  const auto below = opened(build());
  const auto layout = Layout::open_or_create(path("layout"));
  ASSERT_TRUE(layout->publish(below.blobs, below.descriptor, {}));
  const auto blob = layout->blobs().path_of(below.manifest.layers[0].digest);
  auto content = *base::read_file(blob);
  content[content.size() / 2] ^= 1;
  ASSERT_TRUE(base::remove_tree(blob));
  ASSERT_TRUE(base::write_file(blob, content));
  ASSERT_TRUE(base::remove_tree(path("store")));
  spec_.base = {ImageBase::Kind::kLayout, path("layout").native()};
  const auto error = failure();
  EXPECT_THAT(error.where, HasSubstr("image app: "));
  EXPECT_THAT(error.what, HasSubstr("blob is corrupt"));
  EXPECT_THAT(error.where, HasSubstr(below.manifest.layers[0].digest.hex()));
}

TEST_F(Build, WhatIsNoLayoutIsNoBase) {
  spec_.base = {ImageBase::Kind::kLayout, path(".").native()};
  EXPECT_THAT(failure().what, HasSubstr("not an OCI"));
  spec_.base.location = path("nowhere").native();
  EXPECT_THAT(failure().where, HasSubstr("image app: "));
}

TEST_F(Build, ABaseForAnotherPlatformIsAnError) {
  spec_.platforms = {Platform{"linux", "riscv64", ""}};
  const auto below = build();
  ASSERT_TRUE(write_image_file(path("below.image"), store().blobs().root(), below.manifest));
  spec_.base = {ImageBase::Kind::kImageFile, path("below.image").native()};
  spec_.platforms = {Platform{"linux", "arm", "v7"}};
  EXPECT_EQ(failure().what, "the image is for linux/riscv64, not for linux/arm/v7");
}

TEST_F(Build, ARootFileSystemIsTheLowestLayer) {
  write(path("root/usr/lib/libc.so"), "libc");
  write(path("root/etc/passwd"), "root", 0600);
  fs::create_symlink("usr/lib", path("root/lib"));
  fs::create_hard_link(path("root/etc/passwd"), path("root/etc/same"));
  make_tar("root", "root.tar");
  spec_.rootfs = path("root.tar").native();
  add_file("app", "lib/app.so", "app");
  const auto built = build();
  EXPECT_EQ(built.rebuilt, 2U);
  EXPECT_THAT(built.inputs, testing::Contains(path("root.tar")));
  const auto tree = merged_tree(opened(built), Contents::kHash);
  EXPECT_THAT(paths(*tree), ElementsAre("etc/", "etc/passwd", "etc/same", "lib", "usr/", "usr/lib/",
                                        "usr/lib/app.so", "usr/lib/libc.so"));
  EXPECT_EQ((*tree)[1].entry.mode, 0600U);
  EXPECT_EQ((*tree)[1].entry.identity, content::sha256("root"));
  EXPECT_EQ((*tree)[2].entry.type, EntryType::kHardLink);
  const auto again = build();
  EXPECT_EQ(again.rebuilt, 0U);
  EXPECT_EQ(again.manifest, built.manifest);
  write(path("root/etc/passwd"), "other", 0600);
  make_tar("root", "root.tar");
  EXPECT_EQ(build().rebuilt, 1U);
}

TEST_F(Build, MistakesAreNamed) {
  spec_.layers = {{path("stage/app/manifest").native(), "app", ""}};
  auto error = failure();
  EXPECT_THAT(error.what + error.where, HasSubstr("stage/app/manifest"));
  EXPECT_THAT(error.hint, HasSubstr("gantry image stage --component app"));
  spec_.layers.clear();
  spec_.compression = "gzp";
  EXPECT_THAT(failure().hint, HasSubstr("gzip"));
  spec_.compression = "gzip";
  spec_.rootfs = path(".").native();
  EXPECT_EQ(failure().what, "this is not a file");
}

TEST_F(Build, ConflictsNameTheImageAndBothSides) {
  add_file("one", "etc/app", "1");
  add_file("two", "etc/app", "2");
  const auto error = failure();
  EXPECT_EQ(error.where, "image app");
  EXPECT_EQ(error.what,
            "'etc/app' is in component 'one' and in component 'two' with different content");
}

TEST_F(Build, AStagedFileThatIsGoneIsAnError) {
  add_file("app", "etc/app", "1");
  ASSERT_TRUE(base::remove_tree(path("stage/app/tree/etc/app")));
  EXPECT_THAT(failure().what, HasSubstr("stage/app/tree/etc/app"));
}

TEST_F(Build, MoreLayersThanAnEngineCanMountAreRefused) {
  add_file("app", "etc/app", "1");
  const auto layer = spec_.layers[0];
  spec_.layers.assign(128, layer);
  EXPECT_EQ(failure().what,
            "the image has 128 layers (0 of its base), and no engine can mount more than 127");
  spec_.layers.pop_back();
  EXPECT_EQ(build().layers, 127U);
}

}  // namespace
}  // namespace gantry::oci

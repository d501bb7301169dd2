#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image_fixture.hpp"
#include "oci/docker_archive.hpp"
#include "oci/docker_archive_writer.hpp"
#include "oci/merged_tree.hpp"

namespace gantry::oci {
namespace {

using testing::HasSubstr;

class DockerBase : public ImageTest {
 protected:
  /// A `docker load` archive of an image with one file.
  Image saved(std::vector<std::string> tags = {"below:1"}) {
    spec_.compression = "none";
    spec_.cmd = {"/bin/sh"};
    add_file("below", "etc/below", "below");
    auto image = opened(build());
    const auto file = *base::open_file(path("below.tar"), O_WRONLY | O_CREAT | O_TRUNC);
    EXPECT_TRUE(write_docker_archive(image, tags, 0, [&](std::span<const std::byte> bytes) {
      return base::write_all(file.get(), bytes, path("below.tar"));
    }));
    EXPECT_TRUE(base::remove_tree(path("store")));
    spec_ = {};
    spec_.name = "app";
    spec_.base = {ImageBase::Kind::kDockerArchive, path("below.tar").native()};
    return image;
  }

  /// Replaces a file in the archive, by GNU tar.
  void replace(const std::string& name, std::string_view content) {
    write(path("unpacked/" + name), content);
    ASSERT_TRUE(base::run_checked(
        {{"tar", "-C", path("unpacked").native(), "-rf", path("below.tar").native(), name}}));
  }
};

TEST_F(DockerBase, ItsLayersAreCompressedOnce) {
  const auto below = saved();
  add_file("app", "etc/app", "app");
  const auto built = build();
  EXPECT_EQ(built.layers, 2U);
  EXPECT_THAT(built.inputs, testing::Contains(path("below.tar")));
  const auto image = opened(built);
  EXPECT_EQ(image.config.diff_ids[0], below.config.diff_ids[0]);
  EXPECT_EQ(image.manifest.layers[0].media_type, media_type::kLayerGzip);
  EXPECT_THAT(image.config.cmd, testing::ElementsAre("/bin/sh"));
  EXPECT_EQ(image.manifest.annotations.at("org.opencontainers.image.base.name"), "below:1");
  const auto tree = merged_tree(image, Contents::kHash);
  ASSERT_TRUE(tree) << tree.error().what;
  EXPECT_EQ(tree->size(), 3U);
  EXPECT_EQ(build().manifest, built.manifest);
}

TEST_F(DockerBase, AChangedArchiveIsReadAgain) {
  saved();
  const auto before = build();
  ASSERT_TRUE(base::remove_tree(path("below.tar")));
  spec_ = {};
  spec_.name = "app";
  add_file("below", "etc/more", "more");
  saved();
  EXPECT_NE(build().manifest.digest, before.manifest.digest);
}

TEST_F(DockerBase, ALayerWithAnotherDigestIsCorrupt) {
  saved();
  const auto listed = base::run_checked({{"tar", "-tf", path("below.tar").native()}});
  ASSERT_TRUE(listed);
  std::string layer;
  for (std::size_t begin = 0; begin < listed->out.size();) {
    const auto end = listed->out.find('\n', begin);
    const auto name = listed->out.substr(begin, end - begin);
    if (name.ends_with(".tar")) {
      layer = name;
    }
    begin = end + 1;
  }
  ASSERT_FALSE(layer.empty()) << listed->out;
  replace(layer, std::string(1024, '\0'));
  EXPECT_THAT(failure().what, HasSubstr("digest"));
}

TEST_F(DockerBase, WhatIsNoArchiveIsAnError) {
  spec_.base = {ImageBase::Kind::kDockerArchive, path("x.tar").native()};
  write(path("x.tar"), "this is no archive");
  EXPECT_THAT(failure().where, HasSubstr("image app"));
  spec_.base.location = path("gone.tar").native();
  EXPECT_THAT(failure().what, HasSubstr("gone.tar"));
}

TEST_F(DockerBase, AnArchiveOfSomethingElseIsAnError) {
  write(path("tree/file"), "x");
  make_tar("tree", "x.tar");
  spec_.base = {ImageBase::Kind::kDockerArchive, path("x.tar").native()};
  EXPECT_EQ(failure().what, "the archive has no file 'manifest.json'");
  write(path("tree/manifest.json"), "[]");
  make_tar("tree", "x.tar");
  EXPECT_EQ(failure().what, "the archive holds 0 images");
}

}  // namespace
}  // namespace gantry::oci

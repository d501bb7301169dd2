#include "oci/docker_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.hpp"
#include "oci/decoder.hpp"
#include "oci/image.hpp"
#include "oci/layout.hpp"
#include "sample_image.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DockerArchive : public testing::Test {
 protected:
  void SetUp() override {
    if (!base::find_program("tar")) {
      GTEST_SKIP() << "needs tar";
    }
  }

  /// A tar of one file.
  std::string layer(const std::string& name) const {
    EXPECT_TRUE(base::write_file(directory_.path() / name, name));
    return expect_value(base::run_checked({.arguments = {"tar", "-cC", directory_.path(), name}}))
        .out;
  }

  /// Packs a directory as docker save does from version 25 on: an OCI layout with a manifest.json.
  fs::path pack(const Config& config, const std::vector<std::string>& layers) const {
    const auto root = directory_.path() / "archive";
    EXPECT_TRUE(base::make_directories(root / "blobs" / "sha256"));
    const auto put = [&](const std::string& content) {
      const auto name = "blobs/sha256/" + content::sha256(content).hex();
      EXPECT_TRUE(base::write_file(root / name, content));
      return name;
    };
    std::string names;
    for (const auto& tar : layers) {
      names += (names.empty() ? "\"" : ",\"") + put(tar) + "\"";
    }
    EXPECT_TRUE(base::write_file(root / "manifest.json",
                                 R"([{"Config":")" + put(to_json(config)) +
                                     R"(","RepoTags":["app:v1"],"Layers":[)" + names + "]}]"));
    return tar(root);
  }
  fs::path tar(const fs::path& root) const {
    const auto path = directory_.path() / "app.tar";
    expect_value(base::run_checked({.arguments = {"tar", "-cf", path, "-C", root, "."}}));
    return path;
  }

  base::Result<BaseImage> import(const fs::path& archive, const char* encoder = "gzip") const {
    return import_docker_archive(archive, store_, *expect_value(make_encoder(encoder)));
  }

  base::TempDir directory_ = *base::TempDir::create();
  BlobStore store_ = *BlobStore::open(directory_.path() / "store");
};

TEST_F(DockerArchive, SkopeosArchiveIsTheImageItWasMadeOf) {
  if (!base::find_program("skopeo")) {
    GTEST_SKIP() << "needs skopeo";
  }
  Config config;
  config.entrypoint = {"/app"};
  const auto one = layer("one");  // once: another second would make another layer
  const auto manifest = store_image(store_, config, {one, layer("two"), one});
  const auto layout = expect_value(Layout::open_or_create(directory_.path() / "layout"));
  const std::vector<std::string> tags = {"v1"};
  ASSERT_TRUE(layout.publish(store_.blobs(), manifest, tags));
  const auto path = directory_.path() / "skopeo.tar";
  expect_value(base::run_checked({.arguments = {"skopeo", "--insecure-policy", "copy",
                                                "oci:" + layout.blobs().root().native() + ":v1",
                                                "docker-archive:" + path.native() + ":app:v1"}}));

  const auto original = expect_value(read_image(store_.blobs(), manifest));
  const auto imported = expect_value(import(path));
  EXPECT_EQ(imported.config.diff_ids, original.config.diff_ids);
  EXPECT_EQ(imported.config.entrypoint, config.entrypoint);
  ASSERT_EQ(imported.layers.size(), 3);
  EXPECT_EQ(imported.layers[0].media_type, media_type::kLayerGzip);
  EXPECT_EQ(imported.layers[0].digest, imported.layers[2].digest);

  // Opened by name, its layers are there as they are in the archive.
  const auto opened = expect_value(open_image("docker-archive:" + path.native()));
  EXPECT_EQ(opened.config.diff_ids, original.config.diff_ids);
  EXPECT_EQ(opened.manifest.layers[1].digest, original.config.diff_ids[1]);
  EXPECT_TRUE(opened.blobs.verify(opened.manifest.layers[1]));
  EXPECT_EQ(expect_value(open_image("docker-archive:" + path.native())).descriptor,
            opened.descriptor);
}

TEST_F(DockerArchive, TheLayoutOfNewerDockersReadsToo) {
  const auto tar = layer("one");
  Config config;
  config.diff_ids = {content::sha256(tar)};
  const auto path = pack(config, {tar});
  EXPECT_EQ(expect_value(import(path, "none")).layers[0].digest, config.diff_ids[0]);
  const auto again = expect_value(import(path, "none"));
  EXPECT_EQ(again.layers[0].digest, config.diff_ids[0]);
}

TEST_F(DockerArchive, LayersAreHeldAgainstTheirDiffIds) {
  Config config;
  config.diff_ids = {content::sha256("another")};
  EXPECT_THAT(error_text(import(pack(config, {layer("one")}))),
              HasSubstr("is not as expected: expected " + config.diff_ids[0].text()));
}

TEST_F(DockerArchive, BadArchivesAreNamed) {
  Config config;
  const auto path = pack(config, {layer("one")});
  EXPECT_EQ(error_text(import(path)),
            path.native() + ": the archive has 1 layers, but its configuration names 0");

  ASSERT_TRUE(
      base::write_file(directory_.path() / "archive" / "manifest.json",
                       R"([{"Config":"blobs/sha256/x","Layers":[]},{"Config":"y","Layers":[]}])"));
  EXPECT_EQ(error_text(import(tar(directory_.path() / "archive"))),
            path.native() + ": the archive holds 2 images");
  ASSERT_TRUE(base::write_file(directory_.path() / "archive" / "manifest.json",
                               R"([{"Config":"../../etc/passwd","Layers":[]}])"));
  EXPECT_EQ(error_text(import(tar(directory_.path() / "archive"))),
            path.native() + ": the archive has no file '../../etc/passwd'");
  ASSERT_TRUE(base::remove_tree(directory_.path() / "archive" / "manifest.json"));
  EXPECT_EQ(error_text(import(tar(directory_.path() / "archive"))),
            path.native() + ": the archive has no file 'manifest.json'");
  EXPECT_EQ(
      error_text(import(directory_.path() / "none.tar")),
      "cannot read " + (directory_.path() / "none.tar").native() + ": No such file or directory");
}

}  // namespace
}  // namespace gantry::oci

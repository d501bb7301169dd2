#include "oci/docker_archive_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "base/file.hpp"
#include "oci/blob_store.hpp"
#include "oci/tar_reader.hpp"
#include "tar_builder.hpp"

namespace gantry::oci {
namespace {

using ::testing::ElementsAre;
using testing::StringSource;
using testing::TarBuilder;

std::string zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  return packed;
}

class DockerArchiveWriter : public ::testing::Test {
 protected:
  Image image(const std::vector<Descriptor>& layers) {
    Image image{store_.blobs(), {}, {}, {}};
    image.manifest.config = *store_.put(R"({"architecture":"amd64"})", media_type::kConfig);
    image.manifest.layers = layers;
    return image;
  }

  /// The names in the archive with their contents.
  std::vector<std::pair<std::string, std::string>> read_back() {
    const auto archive = *base::read_file(path_);
    StringSource source(archive);
    TarReader reader(source);
    std::vector<std::pair<std::string, std::string>> files;
    for (;;) {
      const auto entry = *reader.next();
      if (!entry) {
        return files;
      }
      std::string text(entry->size, '\0');
      EXPECT_EQ(*reader.read(std::as_writable_bytes(std::span(text))), text.size());
      files.emplace_back(entry->path, text);
    }
  }

  base::Result<base::TempDir> directory_ = base::TempDir::create();
  BlobStore store_ = *BlobStore::open(directory_->path() / "store");
  std::filesystem::path path_ = directory_->path() / "image.tar";
};

TEST_F(DockerArchiveWriter, HoldsConfigLayersAndManifest) {
  const auto one = *store_.put("layer one", media_type::kLayer);
  const auto two = *store_.put("layer two, packed", media_type::kLayerGzip);
  const auto made = image({one, two, one});
  ASSERT_TRUE(write_docker_archive(made, {"app:1", "app:latest"}, path_));
  const auto config = made.manifest.config.digest.hex() + ".json";
  const auto first = one.digest.hex() + ".tar";
  const auto second = two.digest.hex() + ".tar";
  EXPECT_THAT(
      read_back(),
      ElementsAre(std::pair(config, R"({"architecture":"amd64"})"), std::pair(first, "layer one"),
                  std::pair(second, "layer two, packed"),
                  std::pair("manifest.json", R"([{"Config":")" + config + R"(","Layers":[")" +
                                                 first + R"(",")" + second + R"(",")" + first +
                                                 R"("],"RepoTags":["app:1","app:latest"]}])")));
}

TEST_F(DockerArchiveWriter, DecompressesZstd) {
  const auto tar = TarBuilder().file("a", std::string(100'000, 'a')).finish();
  const auto layer = *store_.put(zstd(tar), media_type::kLayerZstd);
  ASSERT_TRUE(write_docker_archive(image({layer}), {"app:1"}, path_));
  EXPECT_EQ(read_back().at(1).second, tar);
}

TEST_F(DockerArchiveWriter, VerifiesLayers) {
  auto layer = *store_.put("layer", media_type::kLayerGzip);
  const auto blob = store_.blobs().path_of(layer.digest);
  std::filesystem::remove(blob);
  ASSERT_TRUE(base::write_file(blob, "LAYER"));
  const auto written = write_docker_archive(image({layer}), {"app:1"}, path_);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().what, ::testing::HasSubstr(layer.digest.text()));
}

}  // namespace
}  // namespace gantry::oci

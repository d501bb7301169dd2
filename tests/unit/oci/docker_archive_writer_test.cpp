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

  base::Result<void> archive(const Image& made, const std::vector<std::string>& tags,
                             std::size_t layers_left_out = 0) {
    archive_.clear();
    return write_docker_archive(made, tags, layers_left_out, [&](std::span<const std::byte> bytes) {
      archive_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return base::Result<void>();
    });
  }

  /// The names in the archive with their contents.
  std::vector<std::pair<std::string, std::string>> read_back() {
    StringSource source(archive_);
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
  std::string archive_;
};

TEST_F(DockerArchiveWriter, HoldsConfigLayersAndManifest) {
  const auto one = *store_.put("layer one", media_type::kLayer);
  const auto two = *store_.put("layer two, packed", media_type::kLayerGzip);
  const auto made = image({one, two, one});
  ASSERT_TRUE(archive(made, {"app:1", "app:latest"}));
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

TEST_F(DockerArchiveWriter, LeavesOutTheLowestLayers) {
  const auto one = *store_.put("layer one", media_type::kLayer);
  const auto two = *store_.put("layer two", media_type::kLayer);
  const auto made = image({one, two, one});
  const auto config = made.manifest.config.digest.hex() + ".json";
  const auto first = one.digest.hex() + ".tar";
  const auto second = two.digest.hex() + ".tar";
  // The same bytes on top of others are another layer for the engine, which may lack that one.
  ASSERT_TRUE(archive(made, {"app:1"}, 2));
  const auto files = read_back();
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].first, config);
  EXPECT_EQ(files[1], std::pair(first, std::string("layer one")));
  EXPECT_EQ(files[2].second, R"([{"Config":")" + config + R"(","Layers":[")" + first + R"(",")" +
                                 second + R"(",")" + first + R"("],"RepoTags":["app:1"]}])");
  // What is left out need not be here either.
  std::filesystem::remove(store_.blobs().path_of(one.digest));
  std::filesystem::remove(store_.blobs().path_of(two.digest));
  ASSERT_TRUE(archive(made, {"app:1"}, 3));
  EXPECT_EQ(read_back().size(), 2U);
}

TEST_F(DockerArchiveWriter, PassesOnWhatTheSinkSays) {
  const auto layer = *store_.put("layer one", media_type::kLayer);
  const auto written = write_docker_archive(image({layer}), {}, 0, [](std::span<const std::byte>) {
    return base::Result<void>(base::Error{"no more", "", ""});
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().what, "no more");
}

TEST_F(DockerArchiveWriter, DecompressesZstd) {
  const auto tar = TarBuilder().file("a", std::string(100'000, 'a')).finish();
  const auto layer = *store_.put(zstd(tar), media_type::kLayerZstd);
  ASSERT_TRUE(archive(image({layer}), {"app:1"}));
  EXPECT_EQ(read_back().at(1).second, tar);
}

TEST_F(DockerArchiveWriter, VerifiesLayers) {
  auto layer = *store_.put("layer", media_type::kLayerGzip);
  const auto blob = store_.blobs().path_of(layer.digest);
  std::filesystem::remove(blob);
  ASSERT_TRUE(base::write_file(blob, "LAYER"));
  const auto written = archive(image({layer}), {"app:1"});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().what, ::testing::HasSubstr(layer.digest.text()));
}

}  // namespace
}  // namespace gantry::oci

#include "oci/layer_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "content/digest.hpp"
#include "tar_builder.hpp"

namespace gantry::oci {

namespace {

using content::EntryType;
using ::testing::ElementsAre;
using testing::StringSource;
using testing::TarBuilder;

TEST(LayerEntries, KeepTheOrderAndHashContent) {
  const auto archive =
      TarBuilder().file("b", "beta").directory("a").file("a/c", "").hard_link("d", "b").finish();
  StringSource source(archive);
  const auto entries = read_tar_entries(source, Contents::kHash);
  ASSERT_TRUE(entries) << entries.error().what;
  ASSERT_EQ(entries->size(), 4U);
  EXPECT_EQ(entries->at(0).path, "b");
  EXPECT_EQ(entries->at(0).identity, content::sha256("beta"));
  EXPECT_EQ(entries->at(0).source_offset, 512U);
  EXPECT_TRUE(entries->at(1).identity.empty());
  EXPECT_EQ(entries->at(2).identity, content::sha256(""));
  EXPECT_TRUE(entries->at(3).identity.empty());
}

class LayerTree : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = base::TempDir::create();
    ASSERT_TRUE(made);
    directory_ = std::make_unique<base::TempDir>(*std::move(made));
    ASSERT_TRUE(base::make_directories(directory_->path() / "blobs/sha256"));
  }

  base::Result<content::Tree> read(const std::string& archive) {
    Descriptor layer;
    layer.media_type = media_type::kLayer;
    layer.digest = content::sha256(archive);
    layer.size = archive.size();
    const BlobDirectory blobs(directory_->path());
    EXPECT_TRUE(base::write_file(blobs.path_of(layer.digest), archive));
    return read_layer_tree(blobs, layer, layer.digest, Contents::kSkip);
  }

  std::unique_ptr<base::TempDir> directory_;
};

TEST_F(LayerTree, IsSortedWithTheLastOfDuplicates) {
  const auto tree = read(TarBuilder()
                             .file("a.b", "")
                             .file("a", "first")
                             .directory("a")
                             .file("a/b", "12")
                             .file("a/b", "1234")
                             .file(".wh.a", "")
                             .file("a/.wh..wh..opq", "")
                             .finish());
  ASSERT_TRUE(tree) << tree.error().what;
  std::vector<std::string> lines;
  for (const auto& entry : *tree) {
    lines.push_back(fmt::format("{} {} {}", static_cast<int>(entry.type), entry.path, entry.size));
  }
  EXPECT_THAT(lines, ElementsAre("7 a 0", "1 a 0", "8 a 0", "0 a/b 4", "0 a.b 0"));
}

TEST_F(LayerTree, NamesTheLayerInErrors) {
  const std::string garbage(1024, 'x');
  const auto tree = read(garbage);
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().what, "not a tar header: its checksum does not match");
  EXPECT_EQ(tree.error().where, "layer " + content::sha256(garbage).text());
}

}  // namespace

}  // namespace gantry::oci

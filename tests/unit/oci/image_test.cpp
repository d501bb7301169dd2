#include "oci/image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oci/layout.hpp"
#include "sample_image.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ImageTest : public testing::Test {
 protected:
  Descriptor manifest(const char* platform = "linux/amd64") const {
    Config config;
    config.platform = expect_value(Platform::parse(platform));
    return store_image(store_, config, {empty_tar()});
  }

  base::TempDir directory_ = *base::TempDir::create();
  BlobStore store_ = *BlobStore::open(directory_.path() / "gantry" / "store");
};

TEST_F(ImageTest, AnImageFileLeadsToItsStore) {
  const auto descriptor = manifest();
  const auto path = directory_.path() / "gantry" / "images" / "app.image";
  ASSERT_TRUE(base::make_directories(path.parent_path()));
  EXPECT_TRUE(expect_value(write_image_file(path, store_.blobs().root(), descriptor)));
  EXPECT_FALSE(expect_value(write_image_file(path, store_.blobs().root(), descriptor)));
  EXPECT_THAT(*base::read_file(path), HasSubstr(R"("store":"../store")"));
  const auto image = expect_value(open_image(path.native()));
  EXPECT_EQ(image.descriptor, descriptor);
  EXPECT_EQ(image.config.diff_ids.size(), 1);
  EXPECT_EQ(image.blobs.root(), store_.blobs().root());

  // A build tree may be moved.
  fs::rename(directory_.path() / "gantry", directory_.path() / "moved");
  EXPECT_TRUE(open_image((directory_.path() / "moved/images/app.image").native()));
}

TEST_F(ImageTest, LayoutsAreNamedInManyWays) {
  const auto root = directory_.path() / "lay:out";
  const auto layout = expect_value(Layout::open_or_create(root));
  const auto descriptor = manifest();
  const std::vector<std::string> tags = {"1.0"};
  ASSERT_TRUE(layout.publish(store_.blobs(), descriptor, tags));
  for (const auto& reference :
       {root.native(), "oci:" + root.native(), root.native() + ":1.0",
        "oci:" + root.native() + ":1.0", "oci:" + root.native() + "@" + descriptor.digest.text()}) {
    EXPECT_EQ(expect_value(open_image(reference)).descriptor.digest, descriptor.digest)
        << reference;
  }
  EXPECT_EQ(error_text(open_image("oci:" + root.native() + ":2.0")),
            root.native() + ": no image has the tag '2.0'");
  EXPECT_EQ(error_text(open_image("oci:" + root.native() + ":a b")), "'a b' is not a tag");
  EXPECT_EQ(error_text(open_image("oci:" + root.native() + "@sha256:0")),
            "'sha256:0' is not a SHA-256 digest");
}

TEST_F(ImageTest, ErrorsSayWhatAnImageIs) {
  EXPECT_EQ(error_text(open_image("debian:bookworm")), "'debian:bookworm' names no image");
  EXPECT_THAT(open_image("debian:bookworm").error().hint, HasSubstr("oci:DIR[:TAG|@DIGEST]"));
  EXPECT_EQ(error_text(open_image("/nonexistent.image")),
            "cannot read /nonexistent.image: No such file or directory");
  EXPECT_EQ(error_text(open_image("oci:/nonexistent:a")),
            "/nonexistent: not an OCI image layout: there is nothing of this name");
  EXPECT_EQ(error_text(open_image("x.image", "pdp11")), "'pdp11' is not a platform");
}

TEST_F(ImageTest, AnotherPlatformIsAnError) {
  const auto path = directory_.path() / "app.image";
  ASSERT_TRUE(write_image_file(path, store_.blobs().root(), manifest("linux/arm64")));
  EXPECT_TRUE(open_image(path.native()));
  EXPECT_TRUE(open_image(path.native(), "linux/arm64"));
  EXPECT_EQ(error_text(open_image(path.native(), "linux/amd64")),
            path.native() + ": the image is for linux/arm64, not for linux/amd64");
}

TEST_F(ImageTest, ManifestAndConfigMustAgree) {
  Config config;
  config.diff_ids = {content::sha256("a")};
  const auto extra = store_image(store_, config, {empty_tar()});
  EXPECT_EQ(error_text(read_image(store_.blobs(), extra)),
            store_.blobs().path_of(extra.digest).native() +
                ": the manifest has 1 layers, but its config 2 diff_ids");

  Manifest artifact;
  artifact.config = *store_.put("{}", "application/vnd.oci.empty.v1+json");
  const auto descriptor = *store_.put(to_json(artifact), media_type::kManifest);
  EXPECT_THAT(error_text(read_image(store_.blobs(), descriptor)),
              HasSubstr("not an image, but an artifact whose config is of type "
                        "'application/vnd.oci.empty.v1+json'"));
}

}  // namespace
}  // namespace gantry::oci

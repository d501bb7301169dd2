#include "oci/layout_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.hpp"
#include "oci/layout.hpp"
#include "sample_image.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class LayoutCheck : public testing::Test {
 protected:
  LayoutCheck() {
    EXPECT_TRUE(base::write_file(root_ / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
  }

  void list(const std::vector<Descriptor>& entries) const {
    EXPECT_TRUE(base::write_file(root_ / "index.json", to_json(Index{entries, {}})));
  }
  LayoutReport check() const { return expect_value(check_layout(root_)); }
  /// What is wrong, without the places.
  std::vector<std::string> problems() const {
    std::vector<std::string> texts;
    for (const auto& problem : check().problems) {
      texts.push_back(problem.what);
    }
    return texts;
  }
  void overwrite(const Descriptor& blob, std::string_view content) const {
    EXPECT_TRUE(base::remove_tree(store_.blobs().path_of(blob.digest)));
    EXPECT_TRUE(base::write_file(store_.blobs().path_of(blob.digest), content));
  }
  /// The manifest of an image with one layer.
  Manifest manifest(Config config = {}) const {
    const auto descriptor = store_image(store_, std::move(config), {empty_tar()});
    return expect_value(parse_manifest(expect_value(store_.blobs().read_document(descriptor)), ""));
  }
  Descriptor put(const Manifest& manifest) const {
    return expect_value(store_.put(to_json(manifest), media_type::kManifest));
  }

  base::TempDir directory_ = *base::TempDir::create();
  fs::path root_ = directory_.path() / "layout";
  BlobStore store_ = *BlobStore::open(root_);
};

TEST_F(LayoutCheck, AGoodLayoutHasNoProblem) {
  auto entry = put(manifest());
  entry.annotations[std::string(kRefName)] = "1.0";
  list({entry});
  const auto report = check();
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_THAT(report.unreferenced, IsEmpty());
  EXPECT_EQ(report.images, 1);
  EXPECT_EQ(report.blobs, 3);
  ASSERT_EQ(report.tags.size(), 1);
  EXPECT_EQ(report.tags[0].name, "1.0");
}

TEST_F(LayoutCheck, WhatUmociMadeIsGoodAndItsGarbageIsListed) {
  if (!base::find_program("umoci")) {
    GTEST_SKIP() << "needs umoci";
  }
  const auto theirs = (directory_.path() / "umoci").native();
  const auto image = theirs + ":v1";
  ASSERT_TRUE(base::write_file(directory_.path() / "file", "content"));
  for (const auto& command :
       std::vector<std::vector<std::string>>{{"umoci", "init", "--layout", theirs},
                                             {"umoci", "new", "--image", image},
                                             {"umoci", "insert", "--rootless", "--image", image,
                                              (directory_.path() / "file").native(), "/file"}}) {
    expect_value(base::run_checked({.arguments = command}));
  }
  const auto report = expect_value(check_layout(theirs));
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(report.images, 1);
  EXPECT_EQ(report.unreferenced.size(), 2) << "manifest and config from before the insert";
}

TEST_F(LayoutCheck, DamagedBlobsAreNamed) {
  const auto good = manifest();
  const auto entry = put(good);
  list({entry});
  const auto layer = store_.blobs().path_of(good.layers[0].digest).native();

  overwrite(good.layers[0], std::string(1023, '\0') + "x");
  EXPECT_THAT(check().problems, ElementsAre(testing::Field(&LayoutProblem::where, layer)));
  overwrite(good.layers[0], "short");
  EXPECT_THAT(problems(), ElementsAre("blob has 5 bytes, but its descriptor says 1024"));
  fs::remove(layer);
  EXPECT_THAT(problems(), ElementsAre("blob " + good.layers[0].digest.text() + " is missing"));
  ASSERT_TRUE(store_.put(empty_tar(), ""));

  overwrite(good.config, std::string(good.config.size, ' '));
  EXPECT_THAT(problems(),
              ElementsAre(testing::StartsWith("blob is corrupt: its content has the digest ")));
  overwrite(entry, "");
  EXPECT_THAT(problems(), ElementsAre(testing::StartsWith("blob has 0 bytes, but its ")));
}

TEST_F(LayoutCheck, DocumentsMustAgree) {
  Config config;
  config.diff_ids = {content::sha256("x")};
  list({store_image(store_, config, {empty_tar()})});
  EXPECT_THAT(problems(), ElementsAre("1 layers, but 2 diff_ids in its config"));

  config = {};
  config.history.resize(2);
  list({put(manifest(config))});
  EXPECT_THAT(problems(), ElementsAre("its history has 2 entries for 1 layers"));
  config.history[0].empty_layer = true;
  list({put(manifest(config))});
  EXPECT_THAT(problems(), IsEmpty());

  auto listed = put(manifest());
  listed.platform = expect_value(Platform::parse("linux/s390x"));
  list({listed});
  EXPECT_THAT(problems(), ElementsAre("it is for linux/amd64, but listed as linux/s390x"));

  listed = put(manifest());
  listed.media_type = media_type::kDockerManifest;
  list({listed});
  EXPECT_THAT(
      problems(),
      testing::Contains("it says that it is of type 'application/vnd.oci.image.manifest.v1+json', "
                        "its descriptor 'application/vnd.docker.distribution.manifest.v2+json'"));
}

TEST_F(LayoutCheck, LayersMustBeWhatTheyAreSaidToBe) {
  Config config;
  config.diff_ids = {content::sha256("another tar")};
  auto image = manifest();
  image.config = expect_value(store_.put(to_json(config), media_type::kConfig));
  list({put(image)});
  const auto wrong = problems();
  ASSERT_EQ(wrong.size(), 1);
  EXPECT_THAT(wrong[0], testing::HasSubstr(content::sha256("another tar").text()));

  image = manifest();
  image.layers[0].media_type = media_type::kLayerGzip;
  list({put(image)});
  EXPECT_THAT(problems(), ElementsAre("the blob begins like no compression, but its media type is "
                                      "application/vnd.oci.image.layer.v1.tar+gzip"));

  image.layers[0].media_type = "application/zip";
  list({put(image)});
  EXPECT_THAT(problems(), ElementsAre("'application/zip' is not the media type of a layer"));

  image.layers[0].media_type = media_type::kDockerLayerGzip;
  list({put(image)});
  EXPECT_THAT(problems(),
              testing::Contains(testing::HasSubstr("Docker's types and OCI's do not go together")));
}

TEST_F(LayoutCheck, ATagStandsOnce) {
  auto one = put(manifest());
  one.annotations[std::string(kRefName)] = "a";
  auto two = one;
  list({one, two});
  EXPECT_THAT(problems(), ElementsAre("the tag 'a' stands more than once"));
  one.platform = expect_value(Platform::parse("linux/amd64"));
  list({one, two});
  EXPECT_THAT(problems(), IsEmpty()) << "one tag for images of several platforms";
}

TEST_F(LayoutCheck, StrayFilesAreFound) {
  list({});
  const auto garbage = expect_value(store_.put("garbage", ""));
  ASSERT_TRUE(base::write_file(root_ / "blobs" / "sha256" / "name", ""));
  const auto report = check();
  EXPECT_THAT(report.problems,
              ElementsAre(LayoutProblem{(root_ / "blobs" / "sha256" / "name").native(),
                                        "this is not the name of a blob"}));
  ASSERT_EQ(report.unreferenced.size(), 1);
  EXPECT_EQ(report.unreferenced[0].digest, garbage.digest);
  EXPECT_EQ(report.unreferenced[0].size, 7);
}

TEST_F(LayoutCheck, WithoutAnIndexThereIsNothingToCheck) {
  EXPECT_EQ(error_text(check_layout(root_)),
            "cannot read " + (root_ / "index.json").native() + ": No such file or directory");
  ASSERT_TRUE(base::write_file(root_ / "index.json", "{}"));
  EXPECT_EQ(error_text(check_layout(root_)),
            (root_ / "index.json").native() + ": 'schemaVersion' is missing");
}

}  // namespace
}  // namespace gantry::oci

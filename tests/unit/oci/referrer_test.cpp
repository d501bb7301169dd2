#include "oci/referrer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oci/layout.hpp"
#include "sample_image.hpp"

namespace gantry::oci {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr const char* kSbom = "application/spdx+json";

class ReferrerTest : public testing::Test {
 protected:
  Descriptor image(const std::string& author, const char* platform = "linux/amd64") const {
    Config config;
    config.author = author;
    config.platform = expect_value(Platform::parse(platform));
    return store_image(store_, config, {empty_tar()});
  }
  Layout layout_with(const Descriptor& manifest, const std::vector<std::string>& tags) const {
    auto layout = expect_value(Layout::open_or_create(root_));
    expect_value(layout.publish(store_.blobs(), manifest, tags));
    return layout;
  }
  Manifest read(const Descriptor& descriptor) const {
    return expect_value(
        parse_manifest(expect_value(store_.blobs().read_document(descriptor)), "manifest"));
  }

  base::TempDir directory_ = *base::TempDir::create();
  std::filesystem::path root_ = directory_.path() / "layout";
  BlobStore store_ = *BlobStore::open(directory_.path() / "store");
};

// image-spec 1.1, manifest.md: the config is the empty one, and what it is stands in artifactType.
TEST_F(ReferrerTest, IsAManifestAsTheSpecificationHasIt) {
  const auto subject = image("one");
  const auto written =
      expect_value(write_referrer(store_, subject, {.artifact_type = kSbom}, "{\"a\":1}"));
  const auto text = expect_value(store_.blobs().read_document(written));
  EXPECT_EQ(
      text,
      R"({"artifactType":"application/spdx+json","config":{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","mediaType":"application/vnd.oci.empty.v1+json","size":2},"layers":[{"digest":"sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862","mediaType":"application/spdx+json","size":7}],"mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2,"subject":{"digest":")" +
          subject.digest.text() +
          R"(","mediaType":"application/vnd.oci.image.manifest.v1+json","size":)" +
          std::to_string(subject.size) + "}}");
  EXPECT_EQ(to_json(read(written)), text);
}

TEST_F(ReferrerTest, SaysNothingOfItsSubjectButWhichItIs) {
  auto subject = image("one");
  subject.annotations["a"] = "b";
  subject.platform = Platform{"linux", "amd64", ""};
  subject.artifact_type = "a/b";
  const auto manifest =
      read(expect_value(write_referrer(store_, subject, {.artifact_type = kSbom}, "x")));
  EXPECT_EQ(*manifest.subject, image("one"));
}

TEST_F(ReferrerTest, DescribesItselfAsAListOfReferrersDoes) {
  const auto written = expect_value(write_referrer(store_, image("one"),
                                                   {.artifact_type = kSbom,
                                                    .media_type = "text/plain",
                                                    .annotations = {{"of", "manifest"}},
                                                    .blob_annotations = {{"of", "blob"}}},
                                                   "x"));
  EXPECT_EQ(written.artifact_type, kSbom);
  EXPECT_THAT(written.annotations, ElementsAre(Pair("of", "manifest")));
  const auto manifest = read(written);
  EXPECT_THAT(manifest.layers.at(0).annotations, ElementsAre(Pair("of", "blob")));
  EXPECT_EQ(manifest.layers.at(0).media_type, "text/plain");

  Manifest old;
  old.config.media_type = "application/vnd.example.config+json";
  EXPECT_EQ(describe_referrer({}, old).artifact_type, "application/vnd.example.config+json");
}

TEST_F(ReferrerTest, TakesAFileOfAnySize) {
  const auto file = directory_.path() / "file";
  const std::string content(3 << 20, 'x');
  ASSERT_TRUE(base::write_file(file, content));
  const auto subject = image("one");
  EXPECT_EQ(
      expect_value(write_referrer_of_file(store_, subject, {.artifact_type = kSbom}, file)).digest,
      expect_value(write_referrer(store_, subject, {.artifact_type = kSbom}, content)).digest);
  const auto none = directory_.path() / "none";
  EXPECT_EQ(error_text(write_referrer_of_file(store_, subject, {.artifact_type = kSbom}, none)),
            "cannot read " + none.native() + ": No such file or directory");
}

TEST_F(ReferrerTest, RefusesWhatIsNoMediaType) {
  const auto subject = image("one");
  EXPECT_EQ(error_text(write_referrer(store_, subject, {.artifact_type = "sbom"}, "x")),
            "'sbom' is not a media type");
  EXPECT_EQ(error_text(write_referrer(store_, subject, {.artifact_type = ""}, "x")),
            "'' is not a media type");
  EXPECT_EQ(error_text(write_referrer(store_, subject,
                                      {.artifact_type = kSbom, .media_type = "a/b c"}, "x")),
            "'a/b c' is not a media type");
}

TEST_F(ReferrerTest, LayoutsListWhatIsAttached) {
  const auto one = image("one");
  const auto layout = layout_with(one, {"1.0"});
  EXPECT_TRUE(expect_value(layout.referrers(one.digest)).empty());
  const auto sbom = expect_value(write_referrer(
      store_, one, {.artifact_type = kSbom, .annotations = {{"key", "value"}}}, "{}"));
  const auto other =
      expect_value(write_referrer(store_, one, {.artifact_type = "application/a"}, "{}"));
  EXPECT_TRUE(expect_value(layout.attach(store_.blobs(), sbom)));
  EXPECT_TRUE(expect_value(layout.attach(store_.blobs(), other)));
  EXPECT_FALSE(expect_value(layout.attach(store_.blobs(), sbom)));
  EXPECT_THAT(expect_value(layout.referrers(one.digest)), ElementsAre(other, sbom));
  EXPECT_TRUE(expect_value(layout.referrers(sbom.digest)).empty());
}

// A registry without a list of referrers has it under a tag; a copy of all its tags has it too.
TEST_F(ReferrerTest, LayoutsListWhatATagOfTheSubjectLists) {
  const auto one = image("one");
  const auto sbom = expect_value(write_referrer(store_, one, {.artifact_type = kSbom}, "{}"));
  auto list = expect_value(store_.put(to_json(Index{{sbom}, {}}), media_type::kIndex));
  list.annotations[std::string(kRefName)] = referrers_tag(one.digest);
  const auto root = store_.blobs().root();
  ASSERT_TRUE(base::write_file(root / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
  ASSERT_TRUE(base::write_file(root / "index.json", to_json(Index{{one, list}, {}})));
  const auto layout = expect_value(Layout::open(root));
  EXPECT_THAT(expect_value(layout.referrers(one.digest)), ElementsAre(sbom));
  EXPECT_EQ(expect_value(layout.resolve({})).digest, one.digest);
}

TEST_F(ReferrerTest, WhatIsAttachedIsNotTakenForTheImage) {
  const auto one = image("one");
  const auto layout = layout_with(one, {"1.0", "latest"});
  const auto sbom = expect_value(write_referrer(store_, one, {.artifact_type = kSbom}, "{}"));
  expect_value(layout.attach(store_.blobs(), sbom));
  EXPECT_EQ(expect_value(layout.resolve({})).digest, one.digest);
  EXPECT_EQ(expect_value(layout.find({})).digest, one.digest);
  EXPECT_EQ(expect_value(layout.find({.digest = sbom.digest})).digest, sbom.digest);
  const auto two = image("two");
  expect_value(layout.publish(store_.blobs(), two, {}));
  const auto ambiguous = layout.find({});
  ASSERT_FALSE(ambiguous);
  EXPECT_EQ(ambiguous.error().what, "the layout holds more than one image");
  EXPECT_EQ(ambiguous.error().hint, "name one of: 1.0, @" + two.digest.text() + ", latest");
}

// Others list a manifest with a subject like any other: only the manifest says what it is.
TEST_F(ReferrerTest, NorIsWhatAnotherProgramHasAttached) {
  const auto one = image("one");
  auto sbom = expect_value(write_referrer(store_, one, {.artifact_type = kSbom}, "{}"));
  sbom.artifact_type.clear();
  auto tagged = one;
  tagged.annotations[std::string(kRefName)] = "1.0";
  const auto root = store_.blobs().root();
  ASSERT_TRUE(base::write_file(root / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
  ASSERT_TRUE(base::write_file(root / "index.json", to_json(Index{{sbom, tagged}, {}})));
  EXPECT_EQ(expect_value(expect_value(Layout::open(root)).resolve({})).digest, one.digest);
}

TEST_F(ReferrerTest, FindsTheIndexThatATagNames) {
  const auto index = expect_value(store_.put(
      to_json(Index{{image("one"), image("two", "linux/arm64")}, {}}), media_type::kIndex));
  auto entry = index;
  entry.annotations[std::string(kRefName)] = "1.0";
  const auto root = store_.blobs().root();
  ASSERT_TRUE(base::write_file(root / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
  ASSERT_TRUE(base::write_file(root / "index.json", to_json(Index{{entry}, {}})));
  const auto layout = expect_value(Layout::open(root));
  EXPECT_EQ(expect_value(layout.find({.tag = "1.0"})).digest, index.digest);
  EXPECT_EQ(expect_value(layout.find({.digest = image("one").digest})).digest, image("one").digest);
  EXPECT_EQ(error_text(layout.find({.tag = "2.0"})),
            root.native() + ": no image has the tag '2.0'");
}

TEST_F(ReferrerTest, LayoutsTakeNoImageForAnAttachment) {
  const auto one = image("one");
  const auto layout = layout_with(one, {"1.0"});
  EXPECT_EQ(error_text(layout.attach(store_.blobs(), one)),
            store_.blobs().path_of(one.digest).native() +
                ": the manifest is not about another one: it has no subject");
}

TEST(ReferrersTag, IsTheDigestsTextWithADash) {
  const auto digest = content::sha256("x");
  const auto tag = referrers_tag(digest);
  EXPECT_EQ(tag, "sha256-2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
  EXPECT_TRUE(is_tag(tag));
  EXPECT_EQ(subject_of_tag(tag), digest);
  EXPECT_EQ(subject_of_tag(tag + ".sig"), digest);
  for (const auto& other : {std::string("latest"), std::string("sha256-"), tag + "0", tag + "-sig",
                            tag.substr(0, 70), "sha512-" + tag.substr(7)}) {
    EXPECT_EQ(subject_of_tag(other), std::nullopt) << other;
  }
}

TEST(Manifest, RefusesDamagedSubjects) {
  const auto manifest = [](const std::string& members) {
    return parse_manifest(
        R"({"schemaVersion":2,"layers":[],"config":{"mediaType":"a/b","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},)" +
            members + "}",
        "m");
  };
  EXPECT_EQ(error_text(manifest(R"("subject":"x")")),
            "m: /subject: expected an object, found a string");
  EXPECT_EQ(error_text(manifest(R"("subject":{})")), "m: /subject: 'mediaType' is missing");
  EXPECT_EQ(error_text(manifest(R"("subject":{"mediaType":"a/b","size":1,"digest":"sha512:00"})")),
            "m: /subject/digest: 'sha512:00' is not a SHA-256 digest");
  EXPECT_EQ(error_text(manifest(R"("artifactType":"\u001b[2J")")),
            "m: /artifactType: '\\x1b[2J' is not a media type");
  EXPECT_EQ(error_text(manifest(R"("artifactType":1)")),
            "m: /artifactType: expected a string, found a number");
}

}  // namespace
}  // namespace gantry::oci

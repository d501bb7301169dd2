#include "registry/push.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "push_fixture.hpp"

namespace gantry::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Le;

class Push : public PushFixture {};

TEST_F(Push, OfNBlobsToAnEmptyRepositoryTakes2nPlus2Requests) {
  const auto image = make_image({"a", "b", "c", "d", "e"});  // and a config: 6 blobs
  const auto pushed = push(image);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_TRUE(pushed->changed);
  EXPECT_EQ(pushed->sent_blobs, 6U);
  EXPECT_EQ(registry_.requests().size(), 2 * 6U + 2);
  expect_complete(image, "1.0");
}

TEST_F(Push, OfWhatIsThereIsExactlyOneRequest) {
  const auto image = make_image({"a", "b"});
  ASSERT_TRUE(push(image));
  registry_.clear_requests();
  const auto again = push(image);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_FALSE(again->changed);
  EXPECT_THAT(requests(), ElementsAre("HEAD /v2/team/app/manifests/1.0"));
}

TEST_F(Push, OfAChangedLayerSendsNothingElse) {
  ASSERT_TRUE(push(make_image({noise(100'000, 1), "old"})));
  registry_.clear_requests();
  const auto image = make_image({noise(100'000, 1), "new"});
  const auto pushed = push(image);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(pushed->sent_blobs, 2U);  // the layer and the config
  EXPECT_EQ(registry_.requests().size(), 7U);
  EXPECT_EQ(registry_.count("HEAD", "/blobs/"), 0U);
  expect_complete(image, "1.0");
}

TEST_F(Push, SendsALayerThatIsTwiceInAnImageOnce) {
  const auto image = make_image({"same", "same", "other"});
  const auto pushed = push(image);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(pushed->sent_blobs, 3U);
  EXPECT_EQ(registry_.count("POST"), 3U);
  expect_complete(image, "1.0");
}

TEST_F(Push, MountsWhatAnotherRepositoryIsKnownToHave) {
  const auto image = make_image({noise(10'000, 2), "b"});
  ASSERT_TRUE(push(image, {"1.0"}, "team/first"));
  registry_.clear_requests();
  const auto pushed = push(image, {"1.0"}, "team/second");
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(pushed->sent_blobs, 0U);
  EXPECT_EQ(registry_.requests().size(), 3U + 2);
  for (const auto& recorded : registry_.requests()) {
    if (recorded.request.method == "POST") {
      EXPECT_EQ(recorded.request.parameter("from"), "team/first");
    }
  }
  expect_complete(image, "1.0", "team/second");
}

TEST_F(Push, LooksBeforeItSendsWhatTheRepositoryIsKnownToHave) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image, {"1.0"}));
  registry_.clear_requests();
  ASSERT_TRUE(push(image, {"2.0"}));
  EXPECT_EQ(registry_.count("HEAD", "/blobs/"), 2U);
  EXPECT_EQ(registry_.count("POST"), 0U);
}

TEST_F(Push, DoesNotTrustTheRecordOfARegistryThatWasEmptied) {
  const auto image = make_image({"a", "b"});
  auto locations = BlobLocations::open(directory_.path() / "locations", session_.registry());
  const auto blobs = oci::parse_manifest(*store_.blobs().read_document(image), "")->layers;
  locations.add("team/app", std::vector{blobs[0].digest, blobs[1].digest});
  locations.add("team/gone", std::vector{blobs[0].digest, blobs[1].digest});
  const auto pushed = push(image);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(pushed->sent_blobs, 3U);
  expect_complete(image, "1.0");
}

class PushWhereMounts : public Push, public testing::WithParamInterface<const char*> {};

TEST_P(PushWhereMounts, AreRefusedSendsAndRemembers) {
  set_quirk(std::string("mount=") + GetParam());
  const auto image = make_image({"a", "b", "c", "d", "e", "f", "g", "h", "i"});
  const auto pushed = push(image);
  ASSERT_TRUE(pushed) << pushed.error().what << pushed.error().hint;
  expect_complete(image, "1.0");
  // As many as were under way at once may have tried.
  EXPECT_THAT(registry_.count("POST", "mount="), Le(4U));
}

INSTANTIATE_TEST_SUITE_P(ByStatus, PushWhereMounts,
                         testing::Values("400", "401", "403", "404", "405"));

TEST_F(Push, WhereMountsAreIgnoredCostsNothingMore) {
  set_quirk("mount=ignored");
  ASSERT_TRUE(push(make_image({"a", "b"})));
  EXPECT_EQ(registry_.requests().size(), 2 * 3U + 2);
}

TEST_F(Push, AlwaysNamesWhereToMountFromAndNoOrigin) {
  set_quirk("mount-without-from=fails");
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image, {"1.0"}, "team/first"));
  ASSERT_TRUE(push(image, {"1.0"}, "team/second"));
  for (const auto& recorded : registry_.requests()) {
    if (recorded.request.parameter("mount")) {
      EXPECT_THAT(recorded.request.parameter("from").value_or(""), testing::StartsWith("team/"));
      EXPECT_FALSE(recorded.request.parameter("origin"));
    }
  }
  EXPECT_GE(registry_.count("POST", "mount="), 4U);
  EXPECT_EQ(registry_.count("POST"), registry_.count("POST", "mount="));  // none has failed
}

class PushWhereHead : public Push, public testing::WithParamInterface<const char*> {};

TEST_P(PushWhereHead, IsWrongSendsNothingTwice) {
  const auto image = make_image({"a", "b"});
  ASSERT_TRUE(push(image, {"1.0"}));
  registry_.clear_requests();
  const std::string_view how = GetParam();
  if (base::parse_unsigned(how)) {
    add_fault("method=HEAD,times=always,status=" + std::string(how));
  } else {
    set_quirk(how);
  }
  const auto pushed = push(image, {"2.0"});
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(pushed->sent_blobs, 0U) << testing::PrintToString(requests());
  expect_complete(image, "2.0");
}

INSTANTIATE_TEST_SUITE_P(OfABlob, PushWhereHead,
                         testing::Values("no-blob-head", "head-without-length",
                                         "head-without-digest", "head-body", "400", "401", "403",
                                         "405", "501"));

TEST_F(Push, WhereHeadHasABodyWhenNothingIsThere) {
  set_quirk("head-body");
  const auto image = make_image({"a", "b", "c"});
  auto locations = BlobLocations::open(directory_.path() / "locations", session_.registry());
  locations.add("team/app", std::vector{content::sha256("a"), content::sha256("b")});
  const auto pushed = push(image);
  ASSERT_TRUE(pushed) << pushed.error().what;
  expect_complete(image, "1.0");
}

class PushWhereManifests : public Push, public testing::WithParamInterface<int> {};

TEST_P(PushWhereManifests, AreTakenWithAnotherStatus) {
  set_quirk("manifest-put-status=" + std::to_string(GetParam()));
  const auto image = make_image({"a"});
  const auto pushed = push(image, {"1.0", "latest"});
  ASSERT_TRUE(pushed) << pushed.error().what;
  expect_complete(image, "1.0");
}

INSTANTIATE_TEST_SUITE_P(ByStatus, PushWhereManifests, testing::Values(200, 202, 204));

TEST_F(Push, GivesManifestsTheMediaTypeThatTheyState) {
  auto manifest = *oci::parse_manifest(*store_.blobs().read_document(make_image({"a"})), "");
  manifest.media_type = oci::media_type::kDockerManifest;
  manifest.config.media_type = oci::media_type::kDockerConfig;
  manifest.layers[0].media_type = oci::media_type::kDockerLayerGzip;
  for (const auto& image :
       {make_image({"b"}), put(oci::to_json(manifest), oci::media_type::kDockerManifest)}) {
    registry_.clear_requests();
    ASSERT_TRUE(push(image));
    EXPECT_EQ(registry_.requests().back().request.headers.get("Content-Type"), image.media_type);
    EXPECT_EQ((*repository().get_manifest("1.0"))->descriptor.media_type, image.media_type);
  }
}

TEST_F(Push, SendsNoManifestThatNoRegistryTakes) {
  auto manifest = *oci::parse_manifest(*store_.blobs().read_document(make_image({"a"})), "");
  manifest.annotations["note"] = std::string(std::size_t{5} << 20, 'x');
  const auto pushed = push(put(oci::to_json(manifest), oci::media_type::kManifest));
  ASSERT_FALSE(pushed);
  EXPECT_THAT(pushed.error().what, HasSubstr("that a document may have"));
  EXPECT_EQ(registry_.count("PUT"), 0U);
}

TEST_F(Push, SendsWhatTheRegistryHasLostAgain) {
  const auto first = make_image({"layer", "old"});
  ASSERT_TRUE(push(first));
  const auto lost = content::sha256("layer");
  for (const bool lying : {false, true}) {
    SCOPED_TRACE(lying);
    if (lying) {
      set_quirk("lying-head");
    }
    ASSERT_TRUE(registry_.evict_blob(lost));
    const auto second = make_image({"layer", lying ? "new" : "newer"});
    const auto pushed = push(second);
    ASSERT_TRUE(pushed) << pushed.error().what;
    expect_complete(second, "1.0");
  }
}

TEST_F(Push, GivesUpOnARegistryThatLosesEverything) {
  add_fault(
      "method=PUT,target=/manifests/,times=9,status=404,"
      "body={\"errors\":[{\"code\":\"MANIFEST_BLOB_UNKNOWN\"}]}");
  const auto pushed = push(make_image({"a"}));
  ASSERT_FALSE(pushed);
  EXPECT_THAT(pushed.error().what, HasSubstr("the registry says that it lacks blobs"));
  EXPECT_EQ(registry_.count("PUT", "/manifests/"), 2U);
}

// Distribution 2.8 on a file system, while another client writes the same blob.
TEST_F(Push, AsksAgainWhereAnIntactManifestIsCalledDamaged) {
  const std::string damaged =
      "method=PUT,target=/manifests/,status=400,"
      "body={\"errors\":[{\"code\":\"DIGEST_INVALID\"}]},times=";
  const auto image = make_image({"a"});
  add_fault(damaged + "2");
  const auto pushed = push(image);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(registry_.count("PUT", "/manifests/"), 3U);
  registry_.clear_requests();
  add_fault(damaged + "9");
  const auto other = push(make_image({"b"}));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().what, HasSubstr("DIGEST_INVALID"));
  EXPECT_EQ(registry_.count("PUT", "/manifests/"), 3U);
}

TEST_F(Push, SaysThatTheRepositoryMustBeCreated) {
  set_quirk("no-repository-on-push");
  const auto pushed = push(make_image({"a"}));
  ASSERT_FALSE(pushed);
  EXPECT_THAT(pushed.error().what, HasSubstr("NAME_UNKNOWN"));
  EXPECT_THAT(pushed.error().where, HasSubstr(registry_.host() + "/team/app"));
  EXPECT_THAT(pushed.error().hint, HasSubstr("want a repository to be created before"));
}

class PushToProfile : public Push, public testing::WithParamInterface<std::string> {};

TEST_P(PushToProfile, IsComplete) {
  registry_.set_quirks(*test_registry::quirks_of_profile(GetParam()));
  registry_.create_repository("team/app");
  const auto image = make_image({noise(6 << 20, 3), noise(100, 4)});
  const auto pushed = push(image, {"1.0", "latest"});
  ASSERT_TRUE(pushed) << pushed.error().what;
  expect_complete(image, "1.0");
  expect_complete(image, "latest");
  registry_.clear_requests();
  const auto again = push(image, {"1.0"});
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_FALSE(again->changed);
}

INSTANTIATE_TEST_SUITE_P(OfTheField, PushToProfile,
                         testing::ValuesIn(test_registry::profile_names()));

TEST_F(Push, OfAnIndexPutsItsImagesFirst) {
  oci::Index index;
  index.manifests.push_back(make_image({"amd64"}));
  index.manifests.back().platform = oci::Platform::parse("linux/amd64").value();
  index.manifests.push_back(make_image({"arm64"}));
  index.manifests.back().platform = oci::Platform::parse("linux/arm64").value();
  const auto root = put(oci::to_json(index), oci::media_type::kIndex);
  const auto pushed = push(root);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(requests().back(), "PUT /v2/team/app/manifests/1.0");
  for (const auto& child : index.manifests) {
    expect_complete(child, child.digest.text());
  }
  registry_.clear_requests();
  EXPECT_FALSE(push(root)->changed);
  EXPECT_EQ(registry_.requests().size(), 1U);
}

TEST_F(Push, GetsTheManifestWhereHeadDoesNotTellItsDigest) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image));
  set_quirk("head-without-digest");
  registry_.clear_requests();
  const auto again = push(image);
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_FALSE(again->changed);
  EXPECT_THAT(requests(),
              ElementsAre("HEAD /v2/team/app/manifests/1.0", "GET /v2/team/app/manifests/1.0"));
}

}  // namespace
}  // namespace gantry::registry

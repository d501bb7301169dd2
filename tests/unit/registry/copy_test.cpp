#include "registry/copy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Copy : public RegistryFixture {
 protected:
  BlobTarget target() const { return {copied_.blobs(), copied_.blobs().root() / "tmp"}; }

  base::Result<Pushed> copy(const Repository& from, const std::string& reference,
                            const Repository& to, const std::vector<std::string>& tags,
                            std::optional<oci::Platform> platform = {}) {
    GANTRY_TRY(const auto root, pull_documents(from, reference, platform, target()));
    auto locations =
        BlobLocations::open(directory_.path() / "copied-locations", to.session().registry());
    return copy_image(from, root, target(), to, tags, locations);
  }

  Repository source() { return repository("team/app", Access::kPull); }
  Repository other(const std::string& name) { return {other_session_, name, Access::kPush}; }

  /// An index of an image for each of two platforms.
  oci::Index make_index() {
    oci::Index index;
    for (const auto* platform : {"linux/amd64", "linux/arm64"}) {
      index.manifests.push_back(make_image({platform, "shared"}));
      index.manifests.back().platform = *oci::Platform::parse(platform);
    }
    return index;
  }

  oci::BlobStore copied_ = *oci::BlobStore::open(directory_.path() / "copied");
  test_registry::TestRegistry other_ = *test_registry::TestRegistry::start();
  Session other_session_ = Session(client_, authorizer_, *endpoint_of(other_.url()), policy_);
};

TEST_F(Copy, WithinARegistryMountsAndSendsNothing) {
  const auto image = make_image({noise(100'000, 1), "b"});
  ASSERT_TRUE(push(image));
  registry_.clear_requests();
  const auto copied = copy(source(), "1.0", repository("mirror/app"), {"1.0"});
  ASSERT_TRUE(copied) << copied.error().what;
  EXPECT_TRUE(copied->changed);
  EXPECT_EQ(copied->sent_blobs, 0U);
  EXPECT_EQ(registry_.count("GET", "/blobs/"), 0U);
  EXPECT_EQ(registry_.count("POST", "mount=.*from=team(%2F|/)app"), 3U);
  EXPECT_THAT(registry_.tags("mirror/app"), ElementsAre("1.0"));
}

TEST_F(Copy, ToAnotherTagOfTheRepositorySetsThatTagOnly) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image));
  registry_.clear_requests();
  const auto copied = copy(source(), "1.0", repository(), {"stable"});
  ASSERT_TRUE(copied) << copied.error().what;
  EXPECT_TRUE(copied->changed);
  EXPECT_THAT(requests(), ElementsAre("GET /v2/team/app/manifests/1.0",
                                      "HEAD /v2/team/app/manifests/" + image.digest.text(),
                                      "HEAD /v2/team/app/manifests/stable",
                                      "PUT /v2/team/app/manifests/stable"));
}

TEST_F(Copy, OfWhatIsThereChangesNothing) {
  ASSERT_TRUE(push(make_image({"a"})));
  ASSERT_TRUE(copy(source(), "1.0", other("mirror/app"), {"1.0"}));
  other_.clear_requests();
  const auto again = copy(source(), "1.0", other("mirror/app"), {"1.0"});
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(other_.count("HEAD", "/manifests/"), 2U);
  EXPECT_EQ(other_.requests().size(), 2U);
}

TEST_F(Copy, ToAnotherRegistrySendsWhatIsMissing) {
  const auto base = noise(200'000, 1);
  ASSERT_TRUE(push(make_image({base, "old"}), {"1.0"}));
  ASSERT_TRUE(push(make_image({base, "new"}), {"1.1"}));
  const auto first = copy(source(), "1.0", other("mirror/app"), {"1.0"});
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(first->sent_blobs, 3U);
  registry_.clear_requests();
  const auto second = copy(source(), "1.1", other("mirror/app"), {"1.1"});
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(second->sent_blobs, 2U);
  EXPECT_EQ(registry_.count("GET", content::sha256(base).hex()), 0U);
  EXPECT_THAT(other_.tags("mirror/app"), ElementsAre("1.0", "1.1"));
}

TEST_F(Copy, KeepsNoBlobThatHasArrived) {
  const auto layer = noise(200'000, 1);
  ASSERT_TRUE(push(make_image({layer})));
  ASSERT_TRUE(copy(source(), "1.0", other("mirror/app"), {"1.0"}));
  EXPECT_TRUE(other_.has_blob("mirror/app", content::sha256(layer)));
  EXPECT_FALSE(std::filesystem::exists(copied_.blobs().path_of(content::sha256(layer))));
}

TEST_F(Copy, OfAnIndexTakesAllItsPlatforms) {
  const auto index = make_index();
  const auto root = put(oci::to_json(index), oci::media_type::kIndex);
  ASSERT_TRUE(push(root));
  const auto copied = copy(source(), "1.0", other("mirror/app"), {"1.0"});
  ASSERT_TRUE(copied) << copied.error().what;
  EXPECT_EQ(copied->sent_blobs, 5U);  // a shared layer; of each a layer and a config
  EXPECT_EQ((*other("mirror/app").head_manifest("1.0"))->digest, root.digest);
  for (const auto& child : index.manifests) {
    EXPECT_TRUE(*other("mirror/app").head_manifest(child.digest.text()));
  }
}

TEST_F(Copy, OfAnIndexTakesThePlatformThatIsChosen) {
  const auto index = make_index();
  ASSERT_TRUE(push(put(oci::to_json(index), oci::media_type::kIndex)));
  const auto copied =
      copy(source(), "1.0", other("mirror/app"), {"1.0"}, *oci::Platform::parse("linux/arm64"));
  ASSERT_TRUE(copied) << copied.error().what;
  EXPECT_EQ((*other("mirror/app").head_manifest("1.0"))->digest, index.manifests[1].digest);
  EXPECT_FALSE(*other("mirror/app").head_manifest(index.manifests[0].digest.text()));
}

TEST_F(Copy, GoesOnWhereBothConnectionsBroke) {
  const auto layer = noise(std::size_t{4} << 20, 2);
  ASSERT_TRUE(push(make_image({layer})));
  registry_.break_connections(std::uint64_t{1} << 20, 3);
  other_.break_connections(std::uint64_t{1} << 20, 3);
  const auto copied = copy(source(), "1.0", other("mirror/app"), {"1.0"});
  ASSERT_TRUE(copied) << copied.error().what;
  EXPECT_TRUE(other_.has_blob("mirror/app", content::sha256(layer)));
}

TEST_F(Copy, OfWrongBytesSetsNoTag) {
  const auto layer = noise(100'000, 2);
  ASSERT_TRUE(push(make_image({layer})));
  add_fault("method=GET,target=" + content::sha256(layer).hex() + ",times=9,wrong-byte-at=5");
  const auto copied = copy(source(), "1.0", other("mirror/app"), {"1.0"});
  ASSERT_FALSE(copied);
  EXPECT_THAT(copied.error().what, HasSubstr("sent other bytes than those of blob"));
  EXPECT_THAT(other_.tags("mirror/app"), ElementsAre());
}

TEST_F(Copy, SendsWhatCannotBeMounted) {
  for (const auto* mount : {"ignored", "403", "404"}) {
    auto quirks = registry_.quirks();
    ASSERT_TRUE(test_registry::set_quirk(quirks, std::string("mount=") + mount));
    const auto image = make_image({mount});
    ASSERT_TRUE(push(image));
    registry_.set_quirks(quirks);
    const auto copied = copy(source(), "1.0", repository("mirror/app"), {mount});
    ASSERT_TRUE(copied) << copied.error().what;
    EXPECT_GE(copied->sent_blobs, 1U) << mount;
    EXPECT_TRUE(registry_.has_blob("mirror/app", content::sha256(mount)));
  }
}

TEST_F(Copy, SaysThatThereIsNone) {
  const auto copied = copy(source(), "2.0", other("mirror/app"), {"2.0"});
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().what, "the registry has no such image");
  EXPECT_EQ(copied.error().where, registry_.url() + "/team/app:2.0");
}

TEST_F(Copy, SaysWhichImageOfAnIndexIsMissing) {
  const auto index = make_index();
  ASSERT_TRUE(push(put(oci::to_json(index), oci::media_type::kIndex)));
  const auto missing = index.manifests[1].digest.text();
  ASSERT_EQ(*repository("team/app", Access::kDelete).delete_manifest(missing), Deletion::kDone);
  const auto copied = copy(source(), "1.0", other("mirror/app"), {"1.0"});
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().what, "the registry lacks " + missing + ", which the index names");
  EXPECT_EQ(copied.error().hint, "--platform copies one image of it");
  EXPECT_EQ(other_.requests().size(), 0U);
}

TEST_F(Copy, IntoADirectoryFetchesAllPlatforms) {
  const auto index = make_index();
  ASSERT_TRUE(push(put(oci::to_json(index), oci::media_type::kIndex)));
  const auto root = pull_documents(source(), "1.0", std::nullopt, target());
  ASSERT_TRUE(root) << root.error().what;
  ASSERT_TRUE(pull_all_blobs(source(), *root, target()));
  for (const auto& child : index.manifests) {
    const auto manifest = oci::parse_manifest(*copied_.blobs().read_document(child), "");
    for (const auto& layer : manifest->layers) {
      EXPECT_TRUE(copied_.blobs().verify(layer));
    }
  }
}

TEST_F(Copy, RefusesWhatIsNoImage) {
  add_fault(
      "method=GET,target=/manifests/,times=9,status=200,"
      "header=Content-Type: text/html,body=<html>");
  const auto copied = copy(source(), "1.0", other("mirror/app"), {"1.0"});
  ASSERT_FALSE(copied);
  EXPECT_THAT(copied.error().what, StartsWith("not an image, but '"));
}

}  // namespace
}  // namespace gantry::registry

#include "registry/pull.hpp"

#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

class Pull : public RegistryFixture {
 protected:
  BlobTarget target() const { return {pulled_.blobs(), pulled_.blobs().root() / "tmp"}; }

  base::Result<PulledManifest> pull(const std::string& reference = "1.0",
                                    std::optional<oci::Platform> platform = {}) {
    const auto from = repository("team/app", Access::kPull);
    GANTRY_TRY(auto manifest, pull_manifest(from, reference, platform, target()));
    GANTRY_CHECK(pull_blobs(from, manifest.manifest, target()));
    return manifest;
  }

  void expect_pulled(const oci::Descriptor& image) {
    const auto pulled = pull();
    ASSERT_TRUE(pulled) << pulled.error().what << "\n" << testing::PrintToString(requests());
    EXPECT_EQ(pulled->descriptor.digest, image.digest);
    EXPECT_TRUE(pulled_.blobs().verify(pulled->manifest.config));
    for (const auto& layer : pulled->manifest.layers) {
      EXPECT_TRUE(pulled_.blobs().verify(layer));
    }
    EXPECT_THAT(left_over(), ElementsAre());
  }

  /// Pushed, with the log of requests empty.
  oci::Descriptor pushed(const std::vector<std::string>& layers) {
    const auto image = make_image(layers);
    const auto done = push(image);
    EXPECT_TRUE(done) << done.error().what;
    registry_.clear_requests();
    return image;
  }

  std::vector<std::string> left_over() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(target().temporary)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  fs::path partial_path(const std::string& content) const {
    return target().temporary / ("partial-" + content::sha256(content).hex());
  }

  /// The Range header of each request for a blob; empty: none.
  std::vector<std::string> ranges() const {
    std::vector<std::string> values;
    for (const auto& recorded : registry_.requests()) {
      if (recorded.request.path.find("/blobs/") != std::string::npos) {
        values.emplace_back(recorded.request.headers.get("Range"));
      }
    }
    return values;
  }

  oci::BlobStore pulled_ = *oci::BlobStore::open(directory_.path() / "pulled");
};

TEST_F(Pull, OfNBlobsTakesNPlus1Requests) {
  const auto image = pushed({"a", "b", "c"});
  expect_pulled(image);
  EXPECT_EQ(registry_.requests().size(), 4U + 1);
}

TEST_F(Pull, OfWhatIsThereFetchesTheManifestOnly) {
  const auto image = pushed({"a"});
  expect_pulled(image);
  registry_.clear_requests();
  expect_pulled(image);
  EXPECT_THAT(requests(), ElementsAre("GET /v2/team/app/manifests/1.0"));
}

TEST_F(Pull, FetchesALayerThatIsTwiceInAnImageOnce) {
  const auto image = pushed({"same", "same"});
  expect_pulled(image);
  EXPECT_EQ(registry_.requests().size(), 3U);
}

TEST_F(Pull, FetchesNoLayersBeforeTheyAreAskedFor) {
  const auto image = pushed({"a", "b"});
  const auto from = repository("team/app", Access::kPull);
  const auto pulled = pull_manifest(from, "1.0", std::nullopt, target());
  ASSERT_TRUE(pulled) << pulled.error().what;
  ASSERT_TRUE(pull_config(from, pulled->manifest, target()));
  EXPECT_TRUE(pulled_.blobs().contains(image));
  EXPECT_TRUE(pulled_.blobs().contains(pulled->manifest.config));
  EXPECT_EQ(registry_.requests().size(), 2U);
}

TEST_F(Pull, NamesAllTypesOfManifestsThatItReads) {
  set_quirk("accept-required");
  const auto image = pushed({"a"});
  expect_pulled(image);
  const auto all = registry_.requests();
  const auto accept = all.front().request.headers.get("Accept");
  for (const auto type : {oci::media_type::kManifest, oci::media_type::kIndex,
                          oci::media_type::kDockerManifest, oci::media_type::kDockerManifestList}) {
    EXPECT_THAT(accept, HasSubstr(std::string(type)));
  }
}

TEST_F(Pull, TakesTheImageOfAnIndexForThePlatform) {
  oci::Index index;
  for (const auto* platform : {"linux/amd64", "linux/arm64"}) {
    index.manifests.push_back(make_image({platform}));
    index.manifests.back().platform = *oci::Platform::parse(platform);
  }
  ASSERT_TRUE(push(put(oci::to_json(index), oci::media_type::kIndex)));
  const auto pulled = pull("1.0", *oci::Platform::parse("linux/arm64"));
  ASSERT_TRUE(pulled) << pulled.error().what;
  EXPECT_EQ(pulled->descriptor.digest, index.manifests[1].digest);
  const auto missing = pull("1.0", *oci::Platform::parse("linux/s390x"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what, "no image for linux/s390x");
  EXPECT_EQ(missing.error().hint, "there is: linux/amd64, linux/arm64");
}

TEST_F(Pull, SaysThatThereIsNone) {
  const auto pulled = pull("2.0");
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().what, "the registry has no such image");
  EXPECT_EQ(pulled.error().where, registry_.url() + "/team/app:2.0");
}

TEST_F(Pull, FollowsARedirectToAnotherHost) {
  set_quirk("redirect-blobs");
  const auto image = pushed({noise(100'000, 1)});
  expect_pulled(image);
  EXPECT_EQ(registry_.storage_requests().size(), 2U);
}

TEST_F(Pull, FollowsARedirectWithoutCredentials) {
  set_quirk("redirect-blobs");
  const auto image = pushed({noise(100'000, 1)});
  want_login(test_registry::AuthOptions::Scheme::kBasic);
  expect_pulled(image);
  for (const auto& recorded : registry_.storage_requests()) {  // the same address, another port
    EXPECT_FALSE(recorded.request.headers.has("Authorization"));
  }
  EXPECT_TRUE(registry_.requests().back().request.headers.has("Authorization"));
}

TEST_F(Pull, AsksForTheRestWhereItIsRedirectedTo) {
  set_quirk("redirect-blobs");
  const auto layer = noise(2 * kMebibyte, 3);
  const auto image = pushed({layer});
  ASSERT_TRUE(base::write_file(partial_path(layer), layer.substr(0, kMebibyte)));
  expect_pulled(image);
  std::vector<std::string> ranges;
  for (const auto& recorded : registry_.storage_requests()) {
    ranges.emplace_back(recorded.request.headers.get("Range"));
  }
  EXPECT_THAT(ranges, testing::UnorderedElementsAre("bytes=1048576-", ""));
}

TEST_F(Pull, AsksTheRegistryAgainWhenASignedUrlHasExpired) {
  set_quirk("redirect-blobs");
  set_quirk("redirect-uses=1");
  const auto image = pushed({noise(3 * kMebibyte, 1)});
  registry_.break_connections(kMebibyte, 1);
  expect_pulled(image);
}

TEST_F(Pull, GoesOnWhereTheConnectionBroke) {
  const auto image = pushed({noise(8 * kMebibyte, 2)});
  registry_.break_connections(kMebibyte, 5);
  std::uint64_t again = 0;
  expect_pulled(image);
  for (const auto& range : ranges()) {
    again += range.empty() ? 0 : 1;
  }
  EXPECT_GE(again, 4U);
}

TEST_F(Pull, GoesOnFromWhatAKilledProcessHasLeft) {
  const auto layer = noise(2 * kMebibyte, 3);
  const auto image = pushed({layer});
  ASSERT_TRUE(base::write_file(partial_path(layer), layer.substr(0, kMebibyte)));
  expect_pulled(image);
  EXPECT_THAT(ranges(), testing::Contains("bytes=1048576-"));
}

TEST_F(Pull, DoesNotTrustWhatAKilledProcessHasLeft) {
  const auto layer = noise(2 * kMebibyte, 3);
  const auto image = pushed({layer});
  ASSERT_TRUE(base::write_file(partial_path(layer), noise(kMebibyte, 99)));
  expect_pulled(image);
  ASSERT_TRUE(base::remove_tree(pulled_.blobs().path_of(content::sha256(layer))));
  ASSERT_TRUE(base::write_file(partial_path(layer), noise(3 * kMebibyte, 99)));
  expect_pulled(image);
}

TEST_F(Pull, OfBytesThatAreWrongFailsAndKeepsNothing) {
  const auto layer = noise(kMebibyte, 4);
  const auto image = pushed({layer});
  add_fault("method=GET,target=" + content::sha256(layer).hex() + ",times=9,wrong-byte-at=5000");
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_THAT(pulled.error().what, HasSubstr("sent other bytes than those of blob"));
  EXPECT_FALSE(fs::exists(pulled_.blobs().path_of(content::sha256(layer))));
  EXPECT_THAT(left_over(), Not(testing::Contains(partial_path(layer).filename())));
  registry_.clear_faults();
  expect_pulled(image);
}

TEST_F(Pull, OfAnEndlessBlobEnds) {
  const auto layer = noise(kMebibyte, 4);
  pushed({layer});
  add_fault("method=GET,target=" + content::sha256(layer).hex() + ",times=9,endless");
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_THAT(pulled.error().what, HasSubstr("more bytes than the 1048576 of blob"));
  EXPECT_FALSE(fs::exists(pulled_.blobs().path_of(content::sha256(layer))));
  EXPECT_THAT(left_over(), ElementsAre());
}

TEST_F(Pull, OfAnEndlessManifestEnds) {
  pushed({"a"});
  add_fault("method=GET,target=/manifests/,times=9,endless");
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_THAT(pulled.error().what, HasSubstr("the answer is larger than 4.19 MB"));
}

TEST_F(Pull, OfAManifestWithAnotherDigestFails) {
  const auto image = pushed({"a"});
  add_fault("method=GET,target=/manifests/,wrong-byte-at=10");
  const auto pulled = pull(image.digest.text());
  ASSERT_FALSE(pulled);
  EXPECT_THAT(pulled.error().what, HasSubstr("the manifest has the digest"));
  EXPECT_THAT(pulled.error().what, HasSubstr("not " + image.digest.text()));
}

TEST_F(Pull, GoesOnAfterAnAnswerThatWasTooShort) {
  const auto layer = noise(kMebibyte, 4);
  const auto image = pushed({layer});
  add_fault("method=GET,target=" + content::sha256(layer).hex() + ",end-response-after=1000");
  expect_pulled(image);
}

TEST_F(Pull, GivesUpOnARegistryThatNeverGetsFurther) {
  const auto layer = noise(kMebibyte, 4);
  pushed({layer});
  add_fault("method=GET,target=" + content::sha256(layer).hex() +
            ",times=99,drop-response-after=0");
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_THAT(pulled.error().what, HasSubstr("no answer from " + registry_.url()));
  EXPECT_EQ(registry_.count("GET", content::sha256(layer).hex()), policy_.attempts);
}

TEST_F(Pull, ByTwoAtATimeFetchesABlobOnce) {
  const auto layer = noise(kMebibyte, 4);
  pushed({layer});
  const auto both = [&] { EXPECT_TRUE(pull()); };
  std::jthread first(both);
  std::jthread second(both);
  first.join();
  second.join();
  EXPECT_EQ(registry_.count("GET", content::sha256(layer).hex()), 1U);
}

TEST_F(Pull, FromARegistryThatEndsLinesByLfAlone) {
  set_quirk("lf-only");
  expect_pulled(pushed({"a"}));
}

}  // namespace
}  // namespace gantry::registry

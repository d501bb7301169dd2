#include "registry/prune.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oci/referrer.hpp"
#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kNow = 1'800'000'000;

TaggedImage image_of(const std::string& tag, std::optional<std::int64_t> days_old) {
  TaggedImage image{tag, content::sha256(tag)};
  if (days_old) {
    image.created = kNow - *days_old * kDay;
  }
  return image;
}

std::vector<std::string> going(const std::vector<Decision>& decisions) {
  std::vector<std::string> tags;
  for (const auto& decision : decisions) {
    if (decision.goes) {
      tags.push_back(decision.image.tag);
    }
  }
  return tags;
}

TEST(Retention, KeepsTheNewestByTimeOfCreation) {
  const std::vector<TaggedImage> images = {image_of("a", 1), image_of("b", 3), image_of("c", 2)};
  EXPECT_THAT(going(decide(images, {.keep = 2}, kNow)), ElementsAre("b"));
  EXPECT_THAT(going(decide(images, {.keep = 0}, kNow)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(going(decide(images, {.keep = 9}, kNow)), IsEmpty());
}

TEST(Retention, KeepsWhatIsYoung) {
  const std::vector<TaggedImage> images = {image_of("a", 29), image_of("b", 30), image_of("c", 31)};
  const auto decisions = decide(images, {.older_than = 30 * kDay}, kNow);
  EXPECT_THAT(going(decisions), ElementsAre("c"));
  EXPECT_EQ(decisions[0].reason, "not old enough");
}

TEST(Retention, BothMustLetATagGo) {
  const std::vector<TaggedImage> images = {image_of("a", 40), image_of("b", 50), image_of("c", 1)};
  const Retention both{.keep = 2, .older_than = 30 * kDay};
  const auto decisions = decide(images, both, kNow);
  EXPECT_THAT(going(decisions), ElementsAre("b"));
  EXPECT_EQ(decisions[0].reason, "one of the newest 2");
}

TEST(Retention, SparesLatestAndReleasesUnlessTheyAreMatched) {
  for (const auto* tag : {"latest", "edge", "1", "1.2", "1.2.3", "v1.2.3"}) {
    const std::vector<TaggedImage> images = {image_of(tag, 99)};
    EXPECT_THAT(going(decide(images, {.keep = 0}, kNow)), IsEmpty()) << tag;
    EXPECT_THAT(going(decide(images, {.keep = 0, .match = {tag}}, kNow)), ElementsAre(tag));
  }
  for (const auto* tag : {"main", "1.2.3-rc1", "sha-1234567", "v", "1.2.3.4", "1..2"}) {
    const std::vector<TaggedImage> images = {image_of(tag, 99)};
    EXPECT_THAT(going(decide(images, {.keep = 0}, kNow)), ElementsAre(tag));
  }
}

TEST(Retention, LooksAtWhatMatchesOnlyAndNeverAtWhatIsProtected) {
  const std::vector<TaggedImage> images = {image_of("pr-1", 9), image_of("pr-2", 9),
                                           image_of("main", 9)};
  const auto decisions = decide(images, {.keep = 0, .match = {"pr-*"}, .protect = {"*-2"}}, kNow);
  EXPECT_THAT(going(decisions), ElementsAre("pr-1"));
  EXPECT_EQ(decisions[1].reason, "protected");
  EXPECT_EQ(decisions[2].reason, "not matched");
}

TEST(Retention, CountsOnlyWhatIsLookedAt) {
  const std::vector<TaggedImage> images = {image_of("latest", 1), image_of("pr-1", 2),
                                           image_of("pr-2", 3)};
  EXPECT_THAT(going(decide(images, {.keep = 1}, kNow)), ElementsAre("pr-2"));
}

TEST(Retention, SparesWhatHasNoTime) {
  auto reproducible = image_of("epoch", std::nullopt);
  reproducible.created = 0;
  auto packed = image_of("zip", std::nullopt);
  packed.created = 315532801;  // 1980-01-01T00:00:01Z
  const std::vector<TaggedImage> images = {image_of("none", std::nullopt), reproducible, packed};
  const auto decisions = decide(images, {.keep = 0, .older_than = kDay}, kNow);
  EXPECT_THAT(going(decisions), IsEmpty());
  EXPECT_EQ(decisions[1].reason, "no time of creation");
}

TEST(Retention, OfOneTimeTakesTheLaterTagForTheNewer) {
  const std::vector<TaggedImage> images = {image_of("b", 5), image_of("c", 5), image_of("a", 5)};
  EXPECT_THAT(going(decide(images, {.keep = 1}, kNow)), ElementsAre("b", "a"));
}

TEST(ParseAge, ReadsUnits) {
  EXPECT_EQ(*parse_age("10s"), 10);
  EXPECT_EQ(*parse_age("90m"), 5400);
  EXPECT_EQ(*parse_age("12h"), 43200);
  EXPECT_EQ(*parse_age("30d"), 30 * kDay);
  EXPECT_EQ(*parse_age("2w"), 14 * kDay);
}

TEST(ParseAge, RefusesAnythingElse) {
  for (const auto* text : {"", "d", "30", "-1d", "1.5d", "30 d", "30y", "9999999999w"}) {
    const auto age = parse_age(text);
    ASSERT_FALSE(age) << text;
    EXPECT_EQ(age.error().what, "'" + std::string(text) + "' is no age");
    EXPECT_EQ(age.error().hint, "an age is a number and a unit: 90m, 12h, 30d, 2w");
  }
}

class Prune : public RegistryFixture {
 protected:
  /// An image of one layer, made so many days ago.
  oci::Descriptor image_from(const std::string& layer, std::int64_t days_old,
                             const std::string& platform = "linux/amd64") {
    oci::Config config;
    config.platform = *oci::Platform::parse(platform);
    config.created = kNow - days_old * kDay;
    oci::Manifest manifest;
    manifest.layers.push_back(put(layer, oci::media_type::kLayerGzip));
    config.diff_ids.push_back(manifest.layers.back().digest);
    manifest.config = put(oci::to_json(config), oci::media_type::kConfig);
    auto image = put(oci::to_json(manifest), oci::media_type::kManifest);
    image.platform = config.platform;
    return image;
  }

  oci::Descriptor index_of(const std::vector<oci::Descriptor>& images) {
    oci::Index index;
    index.manifests = images;
    return put(oci::to_json(index), oci::media_type::kIndex);
  }

  base::Result<PrunePlan> plan(const Retention& retention) {
    return plan_prune(repository("team/app", Access::kPull), retention, kNow);
  }

  base::Result<Pruned> apply(const Retention& retention) {
    GANTRY_TRY(const auto planned, plan(retention));
    return prune(repository("team/app", Access::kDelete), planned);
  }

  bool has(const oci::Descriptor& manifest) {
    return repository().head_manifest(manifest.digest.text())->has_value();
  }
};

TEST_F(Prune, NeedsToKnowWhatStays) {
  const auto planned = plan({.match = {"*"}});
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().what, "nothing says what stays");
  EXPECT_EQ(planned.error().hint,
            "--keep N keeps the newest, --older-than 30d all that is younger");
  EXPECT_EQ(registry_.requests().size(), 0U);
}

TEST_F(Prune, ChangesNothingBeforeItIsApplied) {
  ASSERT_TRUE(push(image_from("a", 9), {"pr-1"}));
  registry_.clear_requests();
  const auto planned = plan({.keep = 0});
  ASSERT_TRUE(planned) << planned.error().what;
  EXPECT_EQ(planned->manifests.size(), 1U);
  EXPECT_EQ(registry_.count("GET"), registry_.requests().size());
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre("pr-1"));
}

TEST_F(Prune, DeletesOldImages) {
  const auto old = image_from("old", 40);
  const auto fresh = image_from("fresh", 2);
  ASSERT_TRUE(push(old, {"pr-1", "pr-1-again"}));
  ASSERT_TRUE(push(fresh, {"pr-2"}));
  const auto pruned = apply({.older_than = 30 * kDay});
  ASSERT_TRUE(pruned) << pruned.error().what;
  EXPECT_EQ(pruned->manifests, 1U);
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre("pr-2"));
  EXPECT_FALSE(has(old));
  EXPECT_TRUE(has(fresh));
}

TEST_F(Prune, LeavesAnImageThatATagNeedsThatStays) {
  const auto image = image_from("a", 40);
  ASSERT_TRUE(push(image, {"pr-1", "1.0"}));
  const auto pruned = apply({.keep = 0});
  ASSERT_TRUE(pruned) << pruned.error().what;
  EXPECT_EQ(pruned->manifests, 0U);
  EXPECT_EQ(pruned->tags_alone, 1U);
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre("1.0"));
  EXPECT_TRUE(has(image));
}

TEST_F(Prune, LeavesAnImageThatAnIndexNeedsThatStays) {
  const auto image = image_from("a", 40);
  const auto index = index_of({image, image_from("b", 40, "linux/arm64")});
  ASSERT_TRUE(push(index, {"1.0"}));
  ASSERT_TRUE(push(index_of({index}), {"2.0"}));
  ASSERT_TRUE(push(image, {"pr-1"}));
  const auto pruned = apply({.keep = 0, .match = {"pr-*", "1.0"}});
  ASSERT_TRUE(pruned) << pruned.error().what;
  EXPECT_EQ(pruned->manifests, 0U);
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre("2.0"));
  EXPECT_TRUE(has(image));
  EXPECT_TRUE(has(index));
}

TEST_F(Prune, DeletesAnIndexWithItsImagesButNotThoseThatAreShared) {
  const auto shared = image_from("shared", 40);
  const auto own = image_from("own", 40, "linux/arm64");
  const auto index = index_of({shared, own});
  const auto kept = index_of({shared});
  ASSERT_TRUE(push(index, {"pr-1"}));
  ASSERT_TRUE(push(kept, {"1.0"}));
  const auto planned = plan({.older_than = 30 * kDay});
  ASSERT_TRUE(planned) << planned.error().what;
  EXPECT_THAT(planned->manifests, ElementsAre(index.digest, own.digest));
  ASSERT_TRUE(apply({.older_than = 30 * kDay}));
  EXPECT_TRUE(has(shared));
  EXPECT_FALSE(has(own));
  EXPECT_TRUE(has(kept));
}

TEST_F(Prune, AnIndexIsAsNewAsItsNewestImage) {
  ASSERT_TRUE(push(index_of({image_from("a", 40), image_from("b", 2, "linux/arm64")}), {"pr-1"}));
  const auto planned = plan({.older_than = 30 * kDay});
  ASSERT_TRUE(planned) << planned.error().what;
  EXPECT_EQ(planned->tags.front().image.created, kNow - 2 * kDay);
  EXPECT_THAT(planned->manifests, IsEmpty());
}

TEST_F(Prune, TakesWhatIsAttachedByTagsAlongWithItsImageOnly) {
  const auto old = image_from("old", 40);
  const auto fresh = image_from("fresh", 2);
  const auto signature = image_from("signature", 40);
  const auto other = image_from("other signature", 40);
  ASSERT_TRUE(push(old, {"pr-1"}));
  ASSERT_TRUE(push(fresh, {"pr-2"}));
  ASSERT_TRUE(push(index_of({signature}), {oci::referrers_tag(old.digest)}));
  ASSERT_TRUE(push(other, {oci::referrers_tag(fresh.digest) + ".sig"}));
  const auto pruned = apply({.keep = 1});
  ASSERT_TRUE(pruned) << pruned.error().what;
  EXPECT_THAT(registry_.tags("team/app"),
              UnorderedElementsAre("pr-2", oci::referrers_tag(fresh.digest) + ".sig"));
  EXPECT_FALSE(has(old));
  EXPECT_FALSE(has(signature));
  EXPECT_TRUE(has(other));
}

TEST_F(Prune, NamesTheTagsThatARegistryDoesNotDeleteAlone) {
  const auto image = image_from("a", 40);
  ASSERT_TRUE(push(image, {"pr-1", "1.0"}));
  set_quirk("no-tag-delete");
  const auto pruned = apply({.keep = 0});
  ASSERT_TRUE(pruned) << pruned.error().what;
  EXPECT_THAT(pruned->refused, ElementsAre("pr-1"));
  EXPECT_TRUE(has(image));
}

TEST_F(Prune, SaysThatARegistryDeletesNothing) {
  const auto image = image_from("a", 40);
  ASSERT_TRUE(push(image, {"pr-1"}));
  set_quirk("no-delete");
  const auto pruned = apply({.keep = 0});
  ASSERT_FALSE(pruned);
  EXPECT_EQ(pruned.error().what, "the registry does not delete images");
  EXPECT_EQ(pruned.error().where, registry_.url() + "/team/app@" + image.digest.text());
}

TEST_F(Prune, DeletesNothingWhenItCannotReadWhatATagNeeds) {
  ASSERT_TRUE(push(image_from("a", 40), {"pr-1"}));
  ASSERT_TRUE(push(image_from("b", 40), {"1.0"}));
  add_fault("method=GET,target=/manifests/1.0,times=99,status=500");
  ASSERT_FALSE(apply({.keep = 0}));
  EXPECT_EQ(registry_.count("DELETE"), 0U);
}

TEST_F(Prune, DeletesNothingBesideAnIndexThatCannotBeRead) {
  ASSERT_TRUE(push(image_from("a", 40), {"pr-1"}));
  add_fault(
      "method=GET,target=/manifests/pr-1,times=99,status=200,"
      "header=Content-Type: application/vnd.oci.image.index.v1+json,body={\"manifests\":7}");
  ASSERT_FALSE(apply({.keep = 0}));
  EXPECT_EQ(registry_.count("DELETE"), 0U);
}

TEST_F(Prune, OfAnEmptyRepositoryDoesNothing) {
  const auto planned = plan({.keep = 0});
  ASSERT_TRUE(planned) << planned.error().what;
  EXPECT_THAT(planned->tags, IsEmpty());
  EXPECT_THAT(planned->manifests, IsEmpty());
}

}  // namespace
}  // namespace gantry::registry

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "push_fixture.hpp"
#include "registry/push.hpp"

namespace gantry::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class PushTags : public PushFixture {};

TEST_F(PushTags, WithoutTagsGoesByDigest) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image, {}));
  expect_complete(image, image.digest.text());
  EXPECT_THAT(registry_.tags("team/app"), ElementsAre());
  registry_.clear_requests();
  EXPECT_FALSE(push(image, {})->changed);
  EXPECT_EQ(registry_.requests().size(), 1U);
}

TEST_F(PushTags, SetsSeveralTagsInOneRequest) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image, {"1.0.0", "1.0", "1", "latest"}));
  EXPECT_EQ(registry_.count("PUT", "/manifests/"), 1U);
  EXPECT_THAT(registry_.tags("team/app"), UnorderedElementsAre("1.0.0", "1.0", "1", "latest"));
}

TEST_F(PushTags, SetsTagsOneByOneWhereTheParameterIsIgnoredAndLatestLast) {
  set_quirk("ignore-tag-parameter");
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image, {"1.0.0", "latest", "1.0"}));
  std::vector<std::string> puts;
  for (const auto& line : requests()) {
    if (line.starts_with("PUT /v2/team/app/manifests/")) {
      puts.push_back(line.substr(line.rfind('/') + 1));
    }
  }
  EXPECT_THAT(puts, ElementsAre(image.digest.text(), "1.0.0", "1.0", "latest"));
}

TEST_F(PushTags, OfWhatIsThereIsOneRequestForEachTag) {
  const auto image = make_image({"a"});
  const std::vector<std::string> tags = {"1.0.0", "sha-1234567", "1.0", "1", "latest"};
  ASSERT_TRUE(push(image, tags));
  registry_.clear_requests();
  EXPECT_FALSE(push(image, tags)->changed);
  EXPECT_EQ(registry_.requests().size(), tags.size());
  EXPECT_EQ(registry_.count("HEAD", "/manifests/"), tags.size());
}

TEST_F(PushTags, AsksAboutFloatingTagsThatAreElsewhereWhenTheReleaseHasItsOwn) {
  const auto image = make_image({"a"});
  auto locations = BlobLocations::open(directory_.path() / "locations", session_.registry());
  std::vector<std::vector<std::string>> asked;
  PushHooks hooks;
  hooks.floating.names = {"1.0", "1"};
  hooks.floating.releases_above = [&](const std::vector<std::string>& tags) {
    EXPECT_THAT(registry_.tags("team/app"), testing::Contains("1.0.0"));
    asked.push_back(tags);
    ReleasesAbove above;
    if (std::find(tags.begin(), tags.end(), "1") != tags.end()) {
      above.emplace("1", "1.1.0");
    }
    return above;
  };
  const std::vector<std::string> tags = {"1.0.0", "1.0", "1"};
  for (const bool changed : {true, false}) {
    const auto pushed = push_image(repository(), store_.blobs(), image, tags, locations, hooks);
    ASSERT_TRUE(pushed) << pushed.error().what;
    EXPECT_EQ(pushed->changed, changed);
  }
  EXPECT_THAT(asked, ElementsAre(ElementsAre("1.0", "1"), ElementsAre("1.0"), ElementsAre("1")));
  EXPECT_THAT(registry_.tags("team/app"), UnorderedElementsAre("1.0.0", "1.0"));
}

TEST_F(PushTags, GivesAFloatingTagBackToAReleaseThatHasOvertakenIt) {
  const auto older = make_image({"older"});
  const auto newer = make_image({"newer"});
  const auto newest = make_image({"newest"});
  auto locations = BlobLocations::open(directory_.path() / "locations", session_.registry());
  int asked = 0;
  PushHooks hooks;
  hooks.floating.names = {"1", "latest"};
  // Each look finds one more push that was under way at the same time.
  hooks.floating.releases_above =
      [&](const std::vector<std::string>&) -> base::Result<ReleasesAbove> {
    switch (++asked) {
      case 1:
        return ReleasesAbove{};
      case 2:
        EXPECT_TRUE(push(newer, {"1.0.1", "1", "latest"}));
        EXPECT_TRUE(push(older, {"1", "latest"}));
        return ReleasesAbove{{"1", "1.0.1"}, {"latest", "1.0.1"}};
      case 3:
        EXPECT_TRUE(push(newest, {"2.0.0"}));
        return ReleasesAbove{{"1", "1.0.1"}, {"latest", "2.0.0"}};
      default:
        return ReleasesAbove{{"1", "1.0.1"}, {"latest", "2.0.0"}};
    }
  };
  const std::vector<std::string> tags = {"1.0.0", "1", "latest"};
  const auto pushed = push_image(repository(), store_.blobs(), older, tags, locations, hooks);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(asked, 4);
  expect_complete(older, "1.0.0");
  expect_complete(newer, "1");
  expect_complete(newest, "latest");
}

TEST_F(PushTags, FollowsARegistryThatInventsReleasesForAWhileOnly) {
  const auto image = make_image({"a"});
  auto locations = BlobLocations::open(directory_.path() / "locations", session_.registry());
  int asked = 0;
  PushHooks hooks;
  hooks.floating.names = {"latest"};
  hooks.floating.releases_above = [&](const std::vector<std::string>&) {
    return ++asked == 1 ? ReleasesAbove{}
                        : ReleasesAbove{{"latest", "1.0." + std::to_string(asked)}};
  };
  const std::vector<std::string> tags = {"1.0.0", "latest"};
  const auto pushed = push_image(repository(), store_.blobs(), image, tags, locations, hooks);
  ASSERT_FALSE(pushed);
  EXPECT_THAT(pushed.error().what, HasSubstr("there is a higher release again and again"));
}

TEST_F(PushTags, MovesOnlyTheTagsThatAreElsewhere) {
  const auto image = make_image({"a"});
  ASSERT_TRUE(push(image, {"1.0.0"}));
  registry_.clear_requests();
  ASSERT_TRUE(push(image, {"1.0.0", "1.0"}));
  EXPECT_THAT(requests(),
              ElementsAre("HEAD /v2/team/app/manifests/1.0.0", "HEAD /v2/team/app/manifests/1.0",
                          "PUT /v2/team/app/manifests/1.0"));
}

TEST_F(PushTags, SaysThatATagMayNotMove) {
  ASSERT_TRUE(push(make_image({"a"})));
  set_quirk("immutable-tags");
  const auto pushed = push(make_image({"b"}));
  ASSERT_FALSE(pushed);
  EXPECT_THAT(pushed.error().what, HasSubstr("PUT manifests/1.0: the registry answers 400"));
  EXPECT_THAT(pushed.error().hint, HasSubstr("may not let tags be moved"));
}

}  // namespace
}  // namespace gantry::registry

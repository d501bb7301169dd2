#include "oci/tag_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

using content::GitVersion;
using content::SemanticVersion;
using testing::ElementsAre;

GitVersion tagged(const char* version) {
  GitVersion git;
  git.version = *SemanticVersion::parse(version);
  git.is_tagged = true;
  git.tags = {std::string("v") + version};
  git.commit = "0123456789abcdef0123456789abcdef01234567";
  return git;
}

std::vector<std::string> names(const GitVersion& git, const std::vector<std::string>& rules = {}) {
  std::vector<TagRule> parsed;
  for (const auto& rule : rules) {
    parsed.push_back(*TagRule::parse(rule));
  }
  const auto planned = plan_tags(git, parsed);
  EXPECT_TRUE(planned) << planned.error().what;
  std::vector<std::string> found;
  for (const auto& tag : *planned) {
    found.push_back(tag.name);
  }
  return found;
}

TEST(TagRules, AReleaseGivesItsLinesAndLatestLast) {
  EXPECT_THAT(names(tagged("1.2.3")), ElementsAre("1.2.3", "sha-0123456", "1.2", "1", "latest"));
}

TEST(TagRules, APrereleaseGivesOnlyItself) {
  EXPECT_THAT(names(tagged("1.2.3-rc.1")), ElementsAre("1.2.3-rc.1", "sha-0123456"));
}

TEST(TagRules, APlusIsNoCharacterOfATag) {
  EXPECT_THAT(names(tagged("1.2.3-rc.1+b5")), ElementsAre("1.2.3-rc.1_b5", "sha-0123456"));
}

TEST(TagRules, TheDefaultBranchIsTheEdge) {
  auto git = tagged("1.2.4-dev.2+g0123456");
  git.is_tagged = false;
  git.branch = "main";
  EXPECT_THAT(names(git), ElementsAre("sha-0123456"));
  git.on_default_branch = true;
  EXPECT_THAT(names(git), ElementsAre("sha-0123456", "edge"));
}

TEST(TagRules, RulesOfTheProject) {
  auto git = tagged("1.2.3");
  git.branch = "release/1.x";
  git.tags.emplace_back("nightly-2");
  EXPECT_THAT(names(git, {"branch:release/*=line-{branch}", "branch:other=x", "tag:night*={tag}",
                          "tag:*-3=y", "release=stable-{major}{minor}{patch}", "prerelease=z",
                          "always=build-{sha}", "always={version}"}),
              ElementsAre("1.2.3", "sha-0123456", "line-release_1.x", "nightly-2", "stable-123",
                          "build-0123456", "1.2", "1", "latest"));
}

TEST(TagRules, WrongRulesSayWhatIsWrong) {
  const auto error = [](const char* rule) {
    const auto parsed = TagRule::parse(rule);
    return parsed ? plan_tags(tagged("1.2.3"), std::vector{*parsed}).error().what
                  : parsed.error().what;
  };
  EXPECT_EQ(error("sometimes=x"), "'sometimes=x' is no tag rule");
  EXPECT_EQ(error("always"), "'always' is no tag rule");
  EXPECT_EQ(error("always="), "'always=' is no tag rule");
  EXPECT_EQ(error("branch=x"), "the tag rule 'branch=x' needs a pattern");
  EXPECT_EQ(error("release:1*=x"), "the tag rule 'release:1*=x' takes no pattern");
  EXPECT_EQ(error("always={date}"), "the tag rule's '{date}' has no value for '{date}'");
  EXPECT_EQ(error("always=a{sha"), "the tag rule's 'a{sha' has no value for '{sha}'");
  EXPECT_EQ(error("always=-{sha}"), "the tag rule's '-{sha}' makes '-0123456', which is no tag");
}

TEST(TagRules, FloatingTagsNeverMoveBackwards) {
  const auto moves = [](const char* version, const std::vector<std::string>& existing) {
    std::vector<std::string> found;
    const auto planned = *plan_tags(tagged(version), {});
    for (const auto& tag : planned) {
      if (!release_above(tag, existing)) {
        found.push_back(tag.name);
      }
    }
    return found;
  };
  EXPECT_THAT(moves("1.2.3", {"1.2.4", "1.2", "latest"}), ElementsAre("1.2.3", "sha-0123456"));
  EXPECT_THAT(moves("1.2.3", {"1.3.0"}), ElementsAre("1.2.3", "sha-0123456", "1.2"));
  EXPECT_THAT(moves("1.2.3", {"2.0.0"}), ElementsAre("1.2.3", "sha-0123456", "1.2", "1"));
  EXPECT_THAT(moves("1.2.3", {"1.2.3", "1.2.2", "1.10.0-rc.1", "0.9.0", "edge", "9", "v7.0.0"}),
              ElementsAre("1.2.3", "sha-0123456", "1.2", "1", "latest"));
  EXPECT_THAT(moves("1.10.0", {"1.9.0"}),
              ElementsAre("1.10.0", "sha-0123456", "1.10", "1", "latest"));
}

}  // namespace
}  // namespace gantry::oci

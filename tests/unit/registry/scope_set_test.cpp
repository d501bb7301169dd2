#include "registry/scope_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::registry {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ScopeSet scopes(std::string_view text) {
  ScopeSet set;
  set.add(text);
  return set;
}

TEST(ScopeSet, MergesActionsOfAResource) {
  auto set = scopes("repository:a/b:pull");
  set.add("repository:c:pull repository:a/b:push,pull");
  EXPECT_THAT(set.texts(), ElementsAre("repository:a/b:pull,push", "repository:c:pull"));
  EXPECT_EQ(set.repository(), "a/b");
  EXPECT_TRUE(set.has_action("push"));
  EXPECT_FALSE(set.has_action("delete"));
}

TEST(ScopeSet, PushComesFirst) {
  EXPECT_THAT(scopes("repository:from:pull registry:catalog:* repository:to:pull,push").texts(),
              ElementsAre("registry:catalog:*", "repository:to:pull,push", "repository:from:pull"));
  EXPECT_THAT(scopes("repository:from:pull repository:to:push,delete,pull").texts(),
              ElementsAre("repository:to:delete,pull,push", "repository:from:pull"));
}

TEST(ScopeSet, Covers) {
  const auto set = scopes("repository:a:pull,push repository:b:pull repository:all:*");
  EXPECT_TRUE(set.covers(scopes("")));
  EXPECT_TRUE(set.covers(scopes("repository:a:push repository:b:pull")));
  EXPECT_TRUE(set.covers(scopes("repository:all:pull,push,delete")));
  EXPECT_FALSE(set.covers(scopes("repository:a:delete")));
  EXPECT_FALSE(set.covers(scopes("repository:b:push")));
  EXPECT_FALSE(set.covers(scopes("repository:c:pull")));
  EXPECT_FALSE(scopes("").covers(scopes("repository:a:pull")));
}

TEST(ScopeSet, Differences) {
  const auto set = scopes("repository:a:pull,push repository:b:pull");
  EXPECT_THAT(set.without(scopes("repository:a:pull")).texts(),
              ElementsAre("repository:a:push", "repository:b:pull"));
  EXPECT_THAT(set.on_resources_of(scopes("repository:a:delete")).texts(),
              ElementsAre("repository:a:pull,push"));
}

TEST(ScopeSet, NamesWithColonsAndWhatIsNoScope) {
  EXPECT_THAT(scopes("repository:host:5000/a:pull").texts(),
              ElementsAre("repository:host:5000/a:pull"));
  EXPECT_EQ(scopes("repository:host:5000/a:pull").repository(), "host:5000/a");
  EXPECT_THAT(scopes("pull  a:pull :: x").texts(), ElementsAre("::"));
  EXPECT_EQ(scopes("registry:catalog:*").repository(), "");
}

TEST(ScopeSet, IsBounded) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) {
    many += "repository:r" + std::to_string(i) + ":pull ";
  }
  EXPECT_THAT(scopes(many).texts(), SizeIs(256));
  EXPECT_THAT(scopes("").texts(), IsEmpty());
}

}  // namespace

}  // namespace gantry::registry

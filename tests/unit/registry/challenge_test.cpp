#include "registry/challenge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::registry {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<Challenge> parse(std::string_view field) {
  return parse_challenges(std::vector<std::string_view>{field});
}

std::vector<std::string> schemes(const std::vector<Challenge>& challenges) {
  std::vector<std::string> names;
  for (const auto& challenge : challenges) {
    names.push_back(challenge.scheme);
  }
  return names;
}

// What registries send, as they send it.

TEST(Challenge, DockerHub) {
  const auto challenges = parse(
      R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/debian:pull")");
  ASSERT_THAT(challenges, SizeIs(1));
  EXPECT_EQ(challenges[0].scheme, "bearer");
  EXPECT_EQ(challenges[0].token68, "");
  EXPECT_THAT(challenges[0].parameters,
              UnorderedElementsAre(Pair("realm", "https://auth.docker.io/token"),
                                   Pair("service", "registry.docker.io"),
                                   Pair("scope", "repository:library/debian:pull")));
  EXPECT_EQ(challenges[0].parameter("service"), "registry.docker.io");
  EXPECT_EQ(challenges[0].parameter("error"), "");
}

TEST(Challenge, ScopeWithCommasInItsQuotes) {
  const auto challenges = parse(
      R"(Bearer realm="https://a/token",scope="repository:x:pull,push repository:y:pull",error="insufficient_scope")");
  ASSERT_THAT(challenges, SizeIs(1));
  EXPECT_EQ(challenges[0].parameter("scope"), "repository:x:pull,push repository:y:pull");
  EXPECT_EQ(challenges[0].parameter("error"), "insufficient_scope");
}

TEST(Challenge, ElasticContainerRegistryAndHtpasswd) {
  const auto challenges = parse(
      R"(Basic realm="https://1.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com")");
  EXPECT_THAT(schemes(challenges), ElementsAre("basic"));
  EXPECT_EQ(parse(R"(Basic realm="basic-realm")")[0].parameter("realm"), "basic-realm");
}

TEST(Challenge, NegotiateFirstInAFieldOfItsOwn) {
  const std::vector<std::string_view> fields = {"Negotiate", R"(Basic realm="Quay")",
                                                R"(Bearer realm="https://q/auth")"};
  EXPECT_THAT(schemes(parse_challenges(fields)), ElementsAre("negotiate", "basic", "bearer"));
}

// The example of RFC 9110, section 11.6.1, and the one of RFC 7235, section 4.1.
TEST(Challenge, SeveralInOneField) {
  const auto challenges =
      parse(R"(Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\"")");
  ASSERT_THAT(schemes(challenges), ElementsAre("basic", "newauth"));
  EXPECT_THAT(challenges[0].parameters, UnorderedElementsAre(Pair("realm", "simple")));
  EXPECT_THAT(challenges[1].parameters,
              UnorderedElementsAre(Pair("realm", "apps"), Pair("type", "1"),
                                   Pair("title", "Login to \"apps\"")));
}

// From the test cases for WWW-Authenticate at greenbytes.de/tech/tc/httpauth.
TEST(Challenge, GreenbytesCases) {
  EXPECT_EQ(parse(R"(Basic realm="foo")")[0].parameter("realm"), "foo");
  EXPECT_EQ(parse(R"(Basic realm=foo)")[0].parameter("realm"), "foo");
  EXPECT_EQ(parse(R"(BASIC REALM="foo")")[0].parameter("realm"), "foo");
  EXPECT_EQ(parse(R"(Basic , realm="foo")")[0].parameter("realm"), "foo");
  EXPECT_EQ(parse(R"(Basic realm = "foo")")[0].parameter("realm"), "foo");
  EXPECT_EQ(parse(R"(Basic realm="\f\o\o")")[0].parameter("realm"), "foo");
  EXPECT_EQ(parse(R"(Basic realm="\"foo\"")")[0].parameter("realm"), "\"foo\"");
  EXPECT_EQ(parse(R"(Basic realm="foo", bar="xyz",, a=b,,,c=d)")[0].parameters.size(), 4U);
  EXPECT_EQ(parse(R"(Basic bar="xyz", realm="foo")")[0].parameter("realm"), "foo");
  EXPECT_EQ(parse(R"(Basic realm="foo-ä")")[0].parameter("realm"), "foo-ä");
  EXPECT_EQ(parse("Basic")[0].parameters.size(), 0U);
  EXPECT_THAT(schemes(parse(R"(Basic realm="foo", Basic realm="bar")")),
              ElementsAre("basic", "basic"));
  EXPECT_THAT(schemes(parse(R"(,,,, Basic realm="basic", ,NewAuth realm="newauth")")),
              ElementsAre("basic", "newauth"));
  EXPECT_THAT(schemes(parse(R"(NewAuth realm="newauth", Basic)")), ElementsAre("newauth", "basic"));
}

TEST(Challenge, FirstOfTwoParametersOfANameCounts) {
  EXPECT_EQ(parse(R"(Bearer realm="https://a/", realm="https://b/")")[0].parameter("realm"),
            "https://a/");
}

TEST(Challenge, Token68) {
  const auto challenges = parse(R"(Negotiate YII+/a_b.c~-==, Bearer realm="r")");
  ASSERT_THAT(schemes(challenges), ElementsAre("negotiate", "bearer"));
  EXPECT_EQ(challenges[0].token68, "YII+/a_b.c~-==");
  EXPECT_THAT(challenges[0].parameters, IsEmpty());
  EXPECT_EQ(challenges[1].parameter("realm"), "r");
}

TEST(Challenge, UrlWithoutQuotes) {
  EXPECT_EQ(parse("Bearer realm=https://h:5001/auth?x=1,service=s")[0].parameter("realm"),
            "https://h:5001/auth?x=1");
}

TEST(Challenge, WhatCannotBeReadEndsItsFieldOnly) {
  EXPECT_THAT(parse(""), IsEmpty());
  EXPECT_THAT(parse("\"quoted\" Basic"), IsEmpty());
  EXPECT_THAT(parse("Bearer/1 realm=x"), IsEmpty());
  EXPECT_THAT(parse(R"(Bearer realm="no end)")[0].parameters, IsEmpty());
  EXPECT_THAT(parse(R"(Bearer realm="no end\)")[0].parameters, IsEmpty());
  const std::vector<std::string_view> fields = {R"(Bearer realm="open)", R"(Basic realm="b")"};
  EXPECT_EQ(parse_challenges(fields)[1].parameter("realm"), "b");
}

TEST(Challenge, IsBounded) {
  std::string many;
  std::string wide = "Bearer ";
  for (int i = 0; i < 1000; ++i) {
    many += "A" + std::to_string(i) + ",";
    wide += "p" + std::to_string(i) + "=1,";
  }
  EXPECT_THAT(parse(many), SizeIs(32));
  EXPECT_THAT(parse(wide), SizeIs(1));
  EXPECT_THAT(parse(wide)[0].parameters, SizeIs(32));
  EXPECT_THAT(parse("Bearer realm=\"" + std::string(1 << 20, 'x') + "\"")[0].parameters, IsEmpty());
}

}  // namespace

}  // namespace gantry::registry

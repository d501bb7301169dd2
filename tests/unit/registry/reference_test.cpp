#include "registry/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::registry {
namespace {

using testing::HasSubstr;

const std::string kHex(64, 'a');

std::string parsed(std::string_view text) {
  const auto reference = parse_reference(text);
  return reference ? to_text(*reference) : "error: " + reference.error().what;
}

TEST(ParseReference, TakesItApart) {
  const auto reference = parse_reference("localhost:5000/team/app:1.2@sha256:" + kHex);
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->host, "localhost:5000");
  EXPECT_EQ(reference->repository, "team/app");
  EXPECT_EQ(reference->tag, "1.2");
  EXPECT_EQ(reference->digest->hex(), kHex);
}

TEST(ParseReference, KnowsDockerHub) {
  EXPECT_EQ(parsed("docker.io/debian:bookworm"), "docker.io/library/debian:bookworm");
  EXPECT_EQ(parsed("docker.io/me/app"), "docker.io/me/app");
  EXPECT_EQ(parsed("index.docker.io/debian"), "docker.io/library/debian");
  EXPECT_EQ(to_text(*endpoint_of_host("docker.io")), "https://registry-1.docker.io");
}

TEST(ParseReference, TakesTheSeparatorsOfTheSpecification) {
  for (const auto* text : {"r.io/a", "r.io/a-b", "r.io/a--b", "r.io/a_b", "r.io/a__b", "r.io/a.b",
                           "r.io/0/1/2", "[::1]:5000/a", "r.io/a:_x"}) {
    EXPECT_EQ(parsed(text), text);
  }
}

TEST(ParseReference, RefusesWhatIsNone) {
  EXPECT_THAT(parsed("debian"), HasSubstr("it does not begin with a host"));
  EXPECT_THAT(parsed("library/debian"), HasSubstr("it does not begin with a host"));
  EXPECT_THAT(parsed("./oci"), HasSubstr("it does not begin with a host"));
  for (const char* const host :
       {"a.b:", "a.b:0", "a.b:65536", "a.b:c", "a.b:1:2", ":5000", "oci:dir", "a.b%20", "user@a.b",
        "[::1", "[::1]5000", "[::1]:", "[1.2.3.4]", "[a.b:c]", "[]", "[::g]:5000"}) {
    EXPECT_THAT(parsed(std::string(host) + "/c"), HasSubstr("it does not begin with a host"))
        << host;
  }
  for (const char* const host : {"a.b", "A_b.c-d", "a.b:65535", "[::1]", "[fe80::1]:443"}) {
    EXPECT_TRUE(parse_reference(std::string(host) + "/c")) << host;
  }
  EXPECT_THAT(parsed("/a.b/c"), HasSubstr("it does not begin with a host"));
  EXPECT_THAT(parsed("r.io/App"), HasSubstr("a repository is written in lower case"));
  EXPECT_THAT(parsed("r.io/a:-x"), HasSubstr("'-x' is no tag"));
  EXPECT_THAT(parsed("r.io/a:1+b"), HasSubstr("'1+b' is no tag"));
  EXPECT_THAT(parsed("r.io/a@sha256:1"), HasSubstr("error: "));
  for (const auto* text : {"r.io/", "r.io/a/", "r.io//a", "r.io/a..b", "r.io/a___b", "r.io/-a",
                           "r.io/../a", "r.io/a?x", "r.io/a%2e"}) {
    EXPECT_THAT(parsed(text), HasSubstr("is no repository")) << text;
  }
  EXPECT_THAT(parsed("r.io/" + std::string(300, 'a')), HasSubstr("is no repository"));
}

TEST(EndpointOfHost, IsPlainOnlyForThisMachineOrWhenAsked) {
  EXPECT_EQ(to_text(*endpoint_of_host("ghcr.io")), "https://ghcr.io");
  EXPECT_EQ(to_text(*endpoint_of_host("r.example:5000")), "https://r.example:5000");
  EXPECT_EQ(to_text(*endpoint_of_host("10.0.0.1:5000")), "https://10.0.0.1:5000");
  EXPECT_EQ(to_text(*endpoint_of_host("localhost:5000")), "http://localhost:5000");
  EXPECT_EQ(to_text(*endpoint_of_host("127.0.0.2:5000")), "http://127.0.0.2:5000");
  EXPECT_EQ(to_text(*endpoint_of_host("[::1]:5000")), "http://[::1]:5000");
  EXPECT_EQ(to_text(*endpoint_of_host("10.0.0.1:5000", Transport::kPlain)), "http://10.0.0.1:5000");
  EXPECT_EQ(to_text(*endpoint_of_host("localhost:5000", Transport::kTls)),
            "https://localhost:5000");
  EXPECT_EQ(to_text(*endpoint_of_host("localhost.evil.example")), "https://localhost.evil.example");
}

}  // namespace
}  // namespace gantry::registry

#include "registry/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::registry {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string resolved(std::string_view base, std::string_view reference) {
  const auto url = resolve_url(base, reference);
  return url ? *url : "error: " + url.error().what;
}

struct Resolution {
  const char* reference;
  const char* url;
};

class Rfc3986 : public testing::TestWithParam<Resolution> {};

TEST_P(Rfc3986, Resolves) {
  EXPECT_EQ(resolved("http://a/b/c/d;p?q", GetParam().reference), GetParam().url);
}

// Sections 5.4.1 and 5.4.2, without what has another scheme and without fragments.
INSTANTIATE_TEST_SUITE_P(
    Examples, Rfc3986,
    testing::Values(Resolution{"g", "http://a/b/c/g"}, Resolution{"./g", "http://a/b/c/g"},
                    Resolution{"g/", "http://a/b/c/g/"}, Resolution{"/g", "http://a/g"},
                    Resolution{"//g", "http://g/"}, Resolution{"?y", "http://a/b/c/d;p?y"},
                    Resolution{"g?y", "http://a/b/c/g?y"}, Resolution{";x", "http://a/b/c/;x"},
                    Resolution{"g;x?y", "http://a/b/c/g;x?y"}, Resolution{".", "http://a/b/c/"},
                    Resolution{"./", "http://a/b/c/"}, Resolution{"..", "http://a/b/"},
                    Resolution{"../g", "http://a/b/g"}, Resolution{"../..", "http://a/"},
                    Resolution{"../../g", "http://a/g"}, Resolution{"../../../g", "http://a/g"},
                    Resolution{"/./g", "http://a/g"}, Resolution{"/../g", "http://a/g"},
                    Resolution{"g?y/../x", "http://a/b/c/g?y/../x"},
                    Resolution{"g#s", "http://a/b/c/g"}));

TEST(ResolveUrl, KeepsTheQueryOfALocationAsItIs) {
  EXPECT_EQ(resolved("https://r.example/v2/app/blobs/uploads/",
                     "/v2/app/blobs/uploads/1?_state=a%2Fb_c-d%3D%3D&x"),
            "https://r.example/v2/app/blobs/uploads/1?_state=a%2Fb_c-d%3D%3D&x");
  EXPECT_EQ(resolved("https://r.example/v2/", "https://s3.example/b?X-Sig=1%2B2"),
            "https://s3.example/b?X-Sig=1%2B2");
}

TEST(ResolveUrl, RefusesOtherSchemes) {
  EXPECT_THAT(resolved("https://r.example/", "file:///etc/passwd"), HasSubstr("its scheme"));
  EXPECT_THAT(resolved("https://r.example/", "ftp://r.example/"), HasSubstr("its scheme"));
}

TEST(ResolveUrl, RefusesCredentialsAndDoesNotRepeatThem) {
  const auto text = resolved("https://r.example/", "https://user:secret@evil.example/x");
  EXPECT_THAT(text, HasSubstr("it carries a user name or a password"));
  EXPECT_THAT(text, Not(HasSubstr("secret")));
}

TEST(ResolveUrl, RefusesControlCharacters) {
  EXPECT_THAT(resolved("https://r.example/", "/x\r\nHost: evil.example"), HasSubstr("error: "));
  EXPECT_THAT(resolved("https://r.example/", std::string_view("/x\0y", 4)), HasSubstr("error: "));
}

TEST(ResolveUrl, RefusesAnEndlessOne) {
  EXPECT_THAT(resolved("https://r.example/", "/" + std::string(1 << 20, 'a')),
              HasSubstr("too long"));
}

TEST(EndpointOf, ComparesSchemeHostAndPort) {
  const auto endpoint = endpoint_of("HTTPS://R.Example/v2/");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(*endpoint, (Endpoint{"https", "r.example", 443}));
  EXPECT_EQ(*endpoint, *endpoint_of("https://r.example:443/"));
  EXPECT_NE(*endpoint, *endpoint_of("https://r.example:444/"));
  EXPECT_NE(*endpoint, *endpoint_of("http://r.example:443/"));
}

TEST(EndpointOf, KnowsIpv6) {
  const auto endpoint = endpoint_of("http://[::1]:5000/v2/");
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(*endpoint, (Endpoint{"http", "::1", 5000}));
  EXPECT_EQ(to_text(*endpoint), "http://[::1]:5000");
}

TEST(EndpointOf, IsWrittenWithoutTheSchemesOwnPort) {
  EXPECT_EQ(to_text({"https", "r.example", 443}), "https://r.example");
  EXPECT_EQ(to_text({"http", "r.example", 443}), "http://r.example:443");
}

TEST(WithParameter, AppendsAndEncodes) {
  EXPECT_EQ(with_parameter("http://a/b", "digest", "sha256:00"), "http://a/b?digest=sha256%3A00");
  EXPECT_EQ(with_parameter("http://a/b?_state=x", "digest", "d"), "http://a/b?_state=x&digest=d");
  EXPECT_EQ(with_parameter("http://a/b?", "n", "a/b"), "http://a/b?n=a%2Fb");
  EXPECT_EQ(with_parameter("http://a/b?x&", "n", "1"), "http://a/b?x&n=1");
}

TEST(Shown, LeavesOutSecretsAndControlCharacters) {
  EXPECT_EQ(shown("https://s3.example/b?X-Amz-Signature=secret"), "https://s3.example/b");
  EXPECT_EQ(shown("https://me:secret@r.example/v2/"), "https://r.example/v2/");
  EXPECT_EQ(shown("https://r.example/\x1b[2J"), "https://r.example/\\x1b[2J");
}

}  // namespace
}  // namespace gantry::registry

#include "tests/registry/authenticator.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/registry/fixture.hpp"

namespace gantry::test_registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// RFC 7617's example of "Aladdin" and "open sesame".
constexpr const char* kAladdin = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";

AuthOptions with(AuthOptions::Scheme scheme) {
  return {.scheme = scheme, .users = {{"Aladdin", "open sesame"}}};
}

class BasicAuth : public RegistryTest {
 protected:
  BasicAuth() : RegistryTest({.auth = with(AuthOptions::Scheme::kBasic)}) {}
};

TEST_F(BasicAuth, LetsKnownUsersPass) {
  const Answer refused = get("/v2/");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.header("WWW-Authenticate"), "Basic realm=\"test-registry\"");
  EXPECT_THAT(refused.body, HasSubstr("UNAUTHORIZED"));
  EXPECT_EQ(get("/v2/", {{"Authorization", kAladdin}}).status, 200);
  EXPECT_EQ(get("/v2/", {{"Authorization", "Basic QWxhZGRpbjpvcGVu"}}).status, 401);
  EXPECT_EQ(get("/v2/", {{"Authorization", "Basic ====!"}}).status, 401);
  EXPECT_EQ(get("/v2/", {{"Authorization", "Basic"}}).status, 401);
}

TEST_F(BasicAuth, SaysNegotiateFirst) {
  AuthOptions auth = with(AuthOptions::Scheme::kBasic);
  auth.negotiate_first = true;
  registry_.set_auth(auth);
  EXPECT_THAT(get("/v2/").head,
              HasSubstr("WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Basic realm="));
}

class BearerAuth : public RegistryTest {
 protected:
  BearerAuth() : RegistryTest({.auth = with(AuthOptions::Scheme::kBearer)}) {}

  void configure(const std::function<void(AuthOptions&)>& change) {
    AuthOptions auth = with(AuthOptions::Scheme::kBearer);
    change(auth);
    registry_.set_auth(auth);
  }

  nlohmann::json token(const std::string& query,
                       const Pairs& headers = {{"Authorization", kAladdin}}) {
    const Answer answer = get("/token?" + query, headers);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return nlohmann::json::parse(answer.body, nullptr, false);
  }

  Pairs bearing(const std::string& query) {
    return {{"Authorization", "Bearer " + token(query)["token"].get<std::string>()}};
  }
};

TEST_F(BearerAuth, ChallengesWithTheScopesThatAreNeeded) {
  EXPECT_EQ(get("/v2/").header("WWW-Authenticate"),
            "Bearer realm=\"http://test.invalid/token\",service=\"test-registry\"");
  EXPECT_THAT(get("/v2/a/b/tags/list").header("WWW-Authenticate"),
              HasSubstr(R"(,scope="repository:a/b:pull")"));
  EXPECT_THAT(
      client_.request("POST", "/v2/a/b/blobs/uploads/?mount=x&from=c").header("WWW-Authenticate"),
      HasSubstr(R"(,scope="repository:a/b:pull,push repository:c:pull")"));
  EXPECT_THAT(client_.request("DELETE", "/v2/a/b/manifests/x").header("WWW-Authenticate"),
              HasSubstr(R"(,scope="repository:a/b:delete")"));
}

TEST_F(BearerAuth, TokensCarryTheRightsThatWereAskedFor) {
  const Pairs pull = bearing("service=test-registry&scope=repository:a/b:pull");
  EXPECT_EQ(get("/v2/a/b/tags/list", pull).status, 404);
  EXPECT_EQ(get("/v2/", pull).status, 200);
  const Answer refused = client_.request("POST", "/v2/a/b/blobs/uploads/", {}, pull);
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.header("WWW-Authenticate"), HasSubstr("error=\"insufficient_scope\""));
  const Pairs push = bearing("scope=repository:a/b:pull,push&scope=repository:c:pull");
  EXPECT_EQ(client_.request("POST", "/v2/a/b/blobs/uploads/", {}, push).status, 202);
  EXPECT_EQ(get("/v2/c/tags/list", push).status, 404);
  EXPECT_EQ(get("/v2/d/tags/list", push).status, 401);
  ASSERT_EQ(registry_.token_requests().size(), 2);
  EXPECT_EQ(registry_.token_requests()[1].username, "Aladdin");
  EXPECT_THAT(registry_.token_requests()[1].scopes,
              ElementsAre("repository:a/b:pull,push", "repository:c:pull"));
}

TEST_F(BearerAuth, TokensEnd) {
  configure([](AuthOptions& auth) { auth.lifetime = std::chrono::milliseconds(50); });
  const Pairs token = bearing("scope=repository:a/b:pull");
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  EXPECT_THAT(get("/v2/", token).header("WWW-Authenticate"), HasSubstr("error=\"invalid_token\""));
  configure([](AuthOptions&) {});
  const Pairs other = bearing("scope=repository:a/b:pull");
  EXPECT_EQ(get("/v2/", other).status, 200);
  registry_.revoke_tokens();
  EXPECT_EQ(get("/v2/", other).status, 401);
}

TEST_F(BearerAuth, AnswersDifferInForm) {
  EXPECT_EQ(token("scope=repository:a:pull")["expires_in"], 300);
  configure([](AuthOptions& auth) {
    auth.access_token_field = true;
    auth.expires_in.reset();
  });
  const auto other = token("scope=repository:a:pull");
  EXPECT_TRUE(other.contains("access_token"));
  EXPECT_FALSE(other.contains("token"));
  EXPECT_FALSE(other.contains("expires_in"));
}

TEST_F(BearerAuth, RefusesUnknownUsersAndTokens) {
  EXPECT_EQ(get("/token?scope=repository:a:pull").status, 401);
  EXPECT_EQ(get("/token", {{"Authorization", "Basic eDp5"}}).status, 401);
  EXPECT_EQ(get("/v2/", {{"Authorization", "Bearer guessed"}}).status, 401);
}

TEST_F(BearerAuth, EverybodyMayPullWhereThatIsAllowed) {
  configure([](AuthOptions& auth) { auth.anonymous_pull = true; });
  const auto answer = token("scope=repository:a:pull,push", {});
  const Pairs bearer = {{"Authorization", "Bearer " + answer["token"].get<std::string>()}};
  EXPECT_EQ(get("/v2/a/tags/list", bearer).status, 404);
  EXPECT_EQ(client_.request("POST", "/v2/a/blobs/uploads/", {}, bearer).status, 401);
}

TEST_F(BearerAuth, IdentityTokensAreWorthTokensByPost) {
  configure([](AuthOptions& auth) { auth.identity_token = "identity"; });
  const std::string form =
      "grant_type=refresh_token&service=test-registry&scope=repository%3Aa%3Apull&refresh_token=";
  const Answer good = client_.request("POST", "/token", form + "identity");
  EXPECT_EQ(good.status, 200);
  EXPECT_THAT(good.body, HasSubstr("\"access_token\":"));
  EXPECT_THAT(registry_.token_requests().back().scopes, ElementsAre("repository:a:pull"));
  EXPECT_EQ(registry_.token_requests().back().refresh_token, "identity");
  EXPECT_EQ(client_.request("POST", "/token", form + "other").status, 401);
  configure([](AuthOptions& auth) {
    auth.identity_token = "identity";
    auth.no_oauth2 = true;
  });
  EXPECT_EQ(client_.request("POST", "/token", form + "identity").status, 404);
  EXPECT_EQ(get("/token?scope=repository:a:pull", {{"Authorization", kAladdin}}).status, 200);
}

TEST_F(BearerAuth, ServicesGrantLessThanWasAskedFor) {
  configure([](AuthOptions& auth) {
    auth.granted = {"pull"};
    auth.insufficient_status = 403;
  });
  const Pairs less = bearing("scope=repository:a:pull,push");
  EXPECT_EQ(get("/v2/a/tags/list", less).status, 404);
  EXPECT_EQ(client_.request("POST", "/v2/a/blobs/uploads/", {}, less).status, 403);
  configure([](AuthOptions& auth) { auth.first_scope_only = true; });
  const Pairs first = bearing("scope=repository:a:pull&scope=repository:b:pull");
  EXPECT_EQ(get("/v2/a/tags/list", first).status, 404);
  EXPECT_EQ(get("/v2/b/tags/list", first).status, 401);
}

TEST_F(BearerAuth, RealmsMayBeElsewhere) {
  configure([](AuthOptions& auth) { auth.realm = "http://169.254.169.254/token"; });
  EXPECT_THAT(get("/v2/").header("WWW-Authenticate"),
              StartsWith("Bearer realm=\"http://169.254.169.254/token\""));
}

TEST_F(BearerAuth, A401InTheMiddleOfAnUploadHasAChallenge) {
  const Pairs push = bearing("scope=repository:a/b:pull,push");
  const Answer started = client_.request("POST", "/v2/a/b/blobs/uploads/", {}, push);
  const std::string session = target_of(started.header("Location"));
  registry_.add_fault({.method = "PATCH", .status = 401});
  const Answer refused = client_.request("PATCH", session, "layer", push);
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.header("WWW-Authenticate"), HasSubstr("scope=\"repository:a/b:pull,push\""));
  EXPECT_EQ(client_.request("PATCH", session, "layer", push).header("Range"), "0-4");
}

}  // namespace
}  // namespace gantry::test_registry

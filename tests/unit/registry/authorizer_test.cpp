#include "registry/authorizer.hpp"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "credential_fixture.hpp"
#include "registry/credentials.hpp"
#include "registry/url.hpp"
#include "scripted_server.hpp"

namespace gantry::registry {

namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const Scopes kPull = {"repository:a:pull"};
const Scopes kPush = {"repository:a:pull,push"};

HttpResponse unauthorized(const std::string& challenge, const std::string& body = "") {
  return response_of(401, body, {{"WWW-Authenticate", challenge}});
}

HttpResponse bearer(const std::string& scope = "", const std::string& body = "") {
  return unauthorized(R"(Bearer realm="https://auth.example/token",service="s")" +
                          (scope.empty() ? "" : R"(,scope=")" + scope + '"'),
                      body);
}

class AuthorizerTest : public ::testing::Test {
 protected:
  /// Tokens t1, t2, … of 300 s.
  HttpResponse next_token() {
    return response_of(200, R"({"expires_in":300,"token":"t)" + std::to_string(++tokens_) + "\"}");
  }

  base::Result<void> answer(const Scopes& scopes, const std::string& sent,
                            const HttpResponse& response) {
    return authorizer_.answer(registry_, scopes, sent, response);
  }
  std::string authorization(const Scopes& scopes) {
    return authorizer_.authorization(registry_, scopes);
  }
  std::string scope_of_request(std::size_t index) const {
    const auto url = service_.requests().at(index).url;
    return url.substr(url.find("service=s") + 9);
  }

  CredentialHome home_;
  std::atomic<int> tokens_ = 0;
  std::chrono::system_clock::time_point now_{seconds(1'700'000'000)};
  Endpoint registry_ = {"https", "registry.example", 443};
  ScriptedServer::Answer script_ = [this](const auto&) { return next_token(); };
  ScriptedServer service_{[this](const auto& request) { return script_(request); }};
  CredentialStore store_ = home_.store({home_.docker(R"({"auths": {
      "registry.example": {"auth": "dTpw"}, "registry.example/other": {"auth": "bzpw"}}})")});
  Authorizer authorizer_{store_, service_.perform(), [this] { return now_; }};
};

TEST_F(AuthorizerTest, SendsNothingUntilItIsAsked) {
  EXPECT_EQ(authorization(kPull), "");
  EXPECT_THAT(service_.requests(), SizeIs(0));
}

TEST_F(AuthorizerTest, BasicStaysWithItsHost) {
  ASSERT_TRUE(answer(kPull, "", unauthorized(R"(Basic realm="x")")));
  EXPECT_EQ(authorization(kPull), "Basic " + base::to_base64("u:p"));
  EXPECT_EQ(authorization({"repository:other/x:pull"}), "Basic " + base::to_base64("o:p"));
  for (const auto& other :
       {Endpoint{"https", "registry.example", 8443}, Endpoint{"http", "registry.example", 80},
        Endpoint{"https", "evil.example", 443}}) {
    EXPECT_EQ(authorizer_.authorization(other, kPull), "");
  }
}

TEST_F(AuthorizerTest, RefusedBasicIsTheRegistrysOwnMessage) {
  const auto sent = "Basic " + base::to_base64("u:p");
  const auto refused =
      answer(kPull, sent,
             unauthorized(R"(Basic realm="x")",
                          R"({"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "the registry answers 401: UNAUTHORIZED: wrong password");
  EXPECT_EQ(refused.error().where, "registry.example");
  EXPECT_EQ(refused.error().hint,
            "the credentials are from " + (home_.path() / "config.json").native());
}

TEST_F(AuthorizerTest, BasicWithoutCredentials) {
  const Endpoint other = {"https", "other.example", 5000};
  const auto refused = authorizer_.answer(other, kPull, "", unauthorized(R"(Basic realm="x")"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "the registry asks for a user name and a password, and none are known for it");
  EXPECT_EQ(refused.error().hint, "to log in: gantry registry login other.example:5000");
}

TEST_F(AuthorizerTest, BearerIsPreferredWhereverItStands) {
  const auto response =
      response_of(401, "",
                  {{"WWW-Authenticate", "Negotiate"},
                   {"WWW-Authenticate",
                    R"(Basic realm="x", bearer realm="https://auth.example/token",service="s")"}});
  ASSERT_TRUE(answer(kPull, "", response));
  EXPECT_EQ(authorization(kPull), "Bearer t1");
  EXPECT_EQ(service_.requests().at(0).authorization, "Basic " + base::to_base64("u:p"));
}

TEST_F(AuthorizerTest, SchemesThatNobodyKnows) {
  const auto refused = answer(kPull, "", unauthorized("Negotiate, NTLM"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(
      refused.error().what,
      "the registry asks for authentication by negotiate, ntlm; gantry knows basic and bearer");
  EXPECT_EQ(answer(kPull, "", response_of(401)).error().what,
            "the registry asks for authentication, but does not say by which scheme");
}

TEST_F(AuthorizerTest, TokenIsKeptForWhatItCovers) {
  ASSERT_TRUE(answer(kPush, "", bearer("repository:a:pull,push")));
  EXPECT_EQ(authorization(kPush), "Bearer t1");
  EXPECT_EQ(authorization(kPull), "Bearer t1");
  EXPECT_EQ(authorization({}), "Bearer t1");
  EXPECT_THAT(service_.requests(), SizeIs(1));
}

TEST_F(AuthorizerTest, OtherScopesGetTheirTokenBeforehand) {
  ASSERT_TRUE(answer(kPull, "", bearer("repository:a:pull")));
  EXPECT_EQ(authorization({"repository:b:pull"}), "Bearer t2");
  EXPECT_EQ(scope_of_request(1), "&scope=repository%3Ab%3Apull");
  EXPECT_EQ(authorization(kPull), "Bearer t1");
}

TEST_F(AuthorizerTest, ScopesGrowAndAreMerged) {
  ASSERT_TRUE(answer(kPull, "", bearer()));
  EXPECT_EQ(authorization({"repository:a:push"}), "Bearer t2");
  EXPECT_EQ(scope_of_request(1), "&scope=repository%3Aa%3Apull%2Cpush");
  EXPECT_EQ(authorization({"repository:a:pull,push", "repository:from:pull"}), "Bearer t3");
  EXPECT_EQ(scope_of_request(2),
            "&scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Afrom%3Apull");
  EXPECT_EQ(authorization(kPush), "Bearer t3");
}

TEST_F(AuthorizerTest, ScopesOfTheChallengeAreAddedToOurs) {
  ASSERT_TRUE(answer(kPush, "", bearer("repository:base:pull repository:a:pull")));
  EXPECT_EQ(scope_of_request(0),
            "&scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Abase%3Apull");
}

TEST_F(AuthorizerTest, TokenIsReplacedBeforeItExpires) {
  ASSERT_TRUE(answer(kPull, "", bearer()));
  now_ += seconds(269);
  EXPECT_EQ(authorization(kPull), "Bearer t1");
  now_ += seconds(2);
  EXPECT_EQ(authorization(kPull), "Bearer t2");
  EXPECT_THAT(service_.requests(), SizeIs(2));
}

TEST_F(AuthorizerTest, TokenThatIsStillGoodDoesWhenTheServiceFails) {
  ASSERT_TRUE(answer(kPull, "", bearer()));
  script_ = [](const auto&) { return response_of(503); };
  now_ += seconds(290);
  EXPECT_EQ(authorization(kPull), "Bearer t1");
  now_ += seconds(20);
  EXPECT_EQ(authorization(kPull), "");
}

TEST_F(AuthorizerTest, OldTokenThatIsRefusedIsReplaced) {
  ASSERT_TRUE(answer(kPull, "", bearer()));
  now_ += seconds(100);
  ASSERT_TRUE(answer(kPull, "Bearer t1", bearer()));
  EXPECT_EQ(authorization(kPull), "Bearer t2");
  // Another thread that still had the old one: no third token.
  ASSERT_TRUE(answer(kPull, "Bearer t1", bearer()));
  EXPECT_EQ(authorization(kPull), "Bearer t2");
  EXPECT_THAT(service_.requests(), SizeIs(2));
}

TEST_F(AuthorizerTest, FreshTokenThatIsRefusedIsTheEnd) {
  ASSERT_TRUE(answer(kPush, "", bearer()));
  const auto refused =
      answer(kPush, "Bearer t1",
             bearer("repository:a:pull,push",
                    R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]})"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "the registry answers 401: UNAUTHORIZED: authentication required");
  EXPECT_THAT(service_.requests(), SizeIs(1));
}

TEST_F(AuthorizerTest, FreshTokenWithTooFewScopesIsReplaced) {
  ASSERT_TRUE(answer(kPull, "", bearer()));
  ASSERT_TRUE(answer(kPull, "Bearer t1", bearer("repository:a:pull,delete")));
  EXPECT_EQ(authorization(kPull), "Bearer t2");
  EXPECT_EQ(scope_of_request(1), "&scope=repository%3Aa%3Adelete%2Cpull");
}

TEST_F(AuthorizerTest, ServiceThatGivesTheSameAgainIsTheEnd) {
  script_ = [](const auto&) { return response_of(200, R"({"token":"same"})"); };
  ASSERT_TRUE(answer(kPull, "", bearer()));
  now_ += seconds(30);
  EXPECT_FALSE(answer(kPull, "Bearer same", bearer()));
}

TEST_F(AuthorizerTest, FailureOfTheServiceIsTheError) {
  script_ = [](const auto&) { return response_of(401, R"({"details":"no such user"})"); };
  const auto refused = answer(kPull, "", bearer());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what,
              AllOf(HasSubstr("https://auth.example/token answers 401: no such user"),
                    HasSubstr("config.json")));
  EXPECT_EQ(authorization(kPull), "");
}

TEST_F(AuthorizerTest, ManyThreadsGetOneToken) {
  script_ = [this](const auto&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return next_token();
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] {
      EXPECT_TRUE(answer(kPush, "", bearer()));
      EXPECT_EQ(authorization(kPush), "Bearer t1");
    });
  }
  threads.clear();
  EXPECT_THAT(service_.requests(), SizeIs(1));
  // And when it is due.
  now_ += seconds(290);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] { EXPECT_EQ(authorization(kPush), "Bearer t2"); });
  }
  threads.clear();
  EXPECT_THAT(service_.requests(), SizeIs(2));
}

TEST_F(AuthorizerTest, TokenThatGrantsTooLittleIsSaidToDoSo) {
  const auto token =
      "e30." +
      base::to_base64(R"({"access":[{"type":"repository","name":"a","actions":["pull"]}]})") + ".x";
  const auto error =
      authorizer_.refusal(registry_, kPush, "Bearer " + token,
                          response_of(403, R"({"errors":[{"code":"DENIED","message":"denied"}]})"));
  EXPECT_EQ(error.what,
            "the registry answers 403: DENIED: denied; its token grants repository:a:pull and not "
            "repository:a:push");
  EXPECT_THAT(error.what + error.hint, Not(HasSubstr(token)));
  const auto nothing = "e30." + base::to_base64(R"({"access":[]})") + ".x";
  EXPECT_EQ(authorizer_.refusal(registry_, kPull, "Bearer " + nothing, response_of(403)).what,
            "the registry answers 403; its token grants nothing and not repository:a:pull");
}

TEST_F(AuthorizerTest, HintsOfARefusal) {
  EXPECT_EQ(authorizer_.refusal({"https", "other.example", 443}, kPush, "", response_of(403)).hint,
            "to log in: gantry registry login other.example");
  ASSERT_TRUE(store_.store("ghcr.io", "", {"u", "p", "", "", ""}));
  const auto hint =
      authorizer_.refusal({"https", "ghcr.io", 443}, kPush, "Bearer t", response_of(403)).hint;
  EXPECT_THAT(hint,
              AllOf(HasSubstr("packages: write"), HasSubstr("org.opencontainers.image.source")));
}

TEST_F(AuthorizerTest, DamagedCredentialFileIsTheError) {
  auto store = home_.store({home_.containers("{")});
  Authorizer authorizer(store, service_.perform());
  const auto refused = authorizer.answer(registry_, kPull, "", bearer());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, (home_.path() / "auth.json").native());
  EXPECT_THAT(service_.requests(), SizeIs(0));
}

}  // namespace

}  // namespace gantry::registry

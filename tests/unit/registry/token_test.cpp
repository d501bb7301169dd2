#include "registry/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.hpp"
#include "scripted_server.hpp"

namespace gantry::registry {

namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const std::chrono::system_clock::time_point kNow{seconds(1'700'000'000)};  // 2023-11-14T22:13:20Z

TokenRequest request_to(std::string realm, std::string_view scopes = "repository:a/b:pull,push") {
  TokenRequest request;
  request.registry = {"https", "registry.example", 443};
  request.realm = std::move(realm);
  request.service = "registry service";
  request.scopes.add(scopes);
  return request;
}

Credentials login(const char* username, const char* password, const char* identity = "") {
  Credentials credentials;
  credentials.username = username;
  credentials.password = password;
  credentials.identity_token = identity;
  credentials.source = "/home/me/.docker/config.json";
  return credentials;
}

base::Result<Token> answered(const std::string& body, int status = 200,
                             const std::optional<Credentials>& credentials = std::nullopt) {
  ScriptedServer server([&](const auto&) { return response_of(status, body); });
  return fetch_token(server.perform(), request_to("https://auth.example/token"), credentials, kNow);
}

TEST(Token, AnonymousGet) {
  ScriptedServer server([](const auto&) { return response_of(200, R"({"token":"t1"})"); });
  const auto token = fetch_token(
      server.perform(),
      request_to("https://auth.example/token?x=1", "repository:from:pull repository:a/b:pull,push"),
      std::nullopt, kNow);
  ASSERT_TRUE(token) << token.error().what;
  EXPECT_EQ(token->value, "t1");
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(server.requests()[0].method, "GET");
  EXPECT_EQ(server.requests()[0].url,
            "https://auth.example/token?x=1&service=registry%20service"
            "&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Afrom%3Apull");
  EXPECT_EQ(server.requests()[0].authorization, "");
}

TEST(Token, BasicCredentialsNameTheAccount) {
  ScriptedServer server([](const auto&) { return response_of(200, R"({"access_token":"t2"})"); });
  const auto token = fetch_token(server.perform(), request_to("https://auth.example/token", ""),
                                 login("me@home", "pa:ss"), kNow);
  ASSERT_TRUE(token) << token.error().what;
  EXPECT_EQ(token->value, "t2");
  EXPECT_EQ(server.requests()[0].url,
            "https://auth.example/token?account=me%40home&service=registry%20service");
  EXPECT_EQ(server.requests()[0].authorization, "Basic " + base::to_base64("me@home:pa:ss"));
}

TEST(Token, IdentityTokenIsPosted) {
  ScriptedServer server([](const auto&) { return response_of(200, R"({"access_token":"t3"})"); });
  const auto token = fetch_token(server.perform(), request_to("https://auth.example/token"),
                                 login("", "", "id+token&"), kNow);
  ASSERT_TRUE(token) << token.error().what;
  ASSERT_THAT(server.requests(), SizeIs(1));
  const auto request = server.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://auth.example/token");
  EXPECT_EQ(request.authorization, "");
  EXPECT_EQ(request.body,
            "grant_type=refresh_token&service=registry%20service&client_id=gantry"
            "&scope=repository%3Aa%2Fb%3Apull%2Cpush&refresh_token=id%2Btoken%26");
}

TEST(Token, IdentityTokenFallsBackToGet) {
  for (const int status : {404, 405}) {
    ScriptedServer server([&](const auto& request) {
      return request.method == "POST" ? response_of(status) : response_of(200, R"({"token":"t4"})");
    });
    const auto token = fetch_token(server.perform(), request_to("https://auth.example/token"),
                                   login("me", "", "identity"), kNow);
    ASSERT_TRUE(token) << token.error().what;
    ASSERT_THAT(server.requests(), SizeIs(2));
    EXPECT_EQ(server.requests()[1].authorization, "Basic " + base::to_base64("me:identity"));
    EXPECT_THAT(server.requests()[1].url, Not(HasSubstr("identity")));
  }
}

TEST(Token, RegistryTokenIsUsedAsItIs) {
  ScriptedServer server([](const auto&) { return response_of(500); });
  Credentials credentials;
  credentials.registry_token = "ready";
  const auto token =
      fetch_token(server.perform(), request_to("https://auth.example/token"), credentials, kNow);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->value, "ready");
  EXPECT_THAT(server.requests(), SizeIs(0));
}

TEST(Token, Lifetime) {
  const auto lifetime = [](const std::string& fields) {
    const auto token = answered(R"({"token":"t")" + fields + "}");
    EXPECT_TRUE(token) << token.error().what;
    return std::chrono::duration_cast<seconds>(token->expires - kNow).count();
  };
  EXPECT_EQ(lifetime(""), 60);
  EXPECT_EQ(lifetime(R"(,"expires_in":300)"), 300);
  EXPECT_EQ(lifetime(R"(,"expires_in":0)"), 60);
  EXPECT_EQ(lifetime(R"(,"expires_in":-5)"), 60);
  EXPECT_EQ(lifetime(R"(,"expires_in":"300")"), 60);
  EXPECT_EQ(lifetime(R"(,"expires_in":9223372036854775807)"), 86400);
  EXPECT_EQ(lifetime(R"(,"expires_in":300,"issued_at":"2023-11-14T22:12:20.5Z")"), 240);
  // A clock that is not ours: one that is ahead, one that is far behind.
  EXPECT_EQ(lifetime(R"(,"expires_in":300,"issued_at":"2023-11-14T23:13:20Z")"), 300);
  EXPECT_EQ(lifetime(R"(,"expires_in":300,"issued_at":"2023-11-14T20:13:20Z")"), 300);
  EXPECT_EQ(lifetime(R"(,"expires_in":300,"issued_at":"yesterday")"), 300);
}

TEST(Token, RefusalSaysWhoseCredentialsTheyAre) {
  const auto refused =
      answered(R"({"details":"incorrect username or password"})", 401, login("me", "hunter2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "the token service https://auth.example/token answers 401: incorrect username or "
            "password; the credentials are from /home/me/.docker/config.json");
  EXPECT_EQ(refused.error().where, "registry.example");
  EXPECT_EQ(refused.error().hint, "to log in: gantry registry login registry.example");
  const auto anonymous = answered("", 401);
  EXPECT_EQ(anonymous.error().what, "the token service https://auth.example/token answers 401");
  const auto broken = answered("", 503, login("me", "hunter2"));
  EXPECT_EQ(broken.error().what, "the token service https://auth.example/token answers 503");
  EXPECT_EQ(broken.error().hint, "");
}

TEST(Token, AnswersThatAreNone) {
  const auto error = [](const std::string& body) {
    const auto token = answered(body);
    return token ? "" : token.error().what;
  };
  const std::string none = "the token service https://auth.example/token answers without a token";
  const std::string no_json =
      "the token service https://auth.example/token answers with something that is no JSON object";
  EXPECT_EQ(error("{}"), none);
  EXPECT_EQ(error(R"({"token":""})"), none);
  EXPECT_EQ(error(R"({"token":["hidden"]})"), none);
  EXPECT_EQ(error(R"({"token":"evil\r\nX-Header: 1"})"), none);
  EXPECT_EQ(error(R"({"token":"tökén"})"), none);
  EXPECT_EQ(error("<html>"), no_json);
  EXPECT_EQ(error(R"(["hidden"])"), no_json);
  EXPECT_EQ(error(R"({"token":"hidden)"), no_json);
}

TEST(Token, RealmThatCredentialsMustNotGoTo) {
  const auto error = [](TokenRequest request) {
    ScriptedServer server([](const auto&) { return response_of(200, R"({"token":"t"})"); });
    const auto token = fetch_token(server.perform(), request, login("u", "p"), kNow);
    EXPECT_EQ(server.requests().size(), token ? 1U : 0U);
    return token ? "" : token.error().what;
  };
  EXPECT_EQ(error(request_to("http://auth.example/token")),
            "the registry names a token service without TLS, http://auth.example/token");
  EXPECT_THAT(error(request_to("https://169.254.169.254/latest?secret=1")),
              "the registry names a token service at a link-local address, "
              "https://169.254.169.254/latest");
  EXPECT_THAT(error(request_to("https://[::1]:2375/")), HasSubstr("a loopback address"));
  EXPECT_THAT(error(request_to("https://10.0.0.1/")), HasSubstr("a private address"));
  EXPECT_THAT(error(request_to("file:///etc/passwd")), HasSubstr("that cannot be used"));
  EXPECT_THAT(error(request_to("https://user:pw@auth.example/")), HasSubstr("that cannot be used"));
  EXPECT_THAT(error(request_to("/token")), HasSubstr("that cannot be used"));

  // What is allowed because the registry is there itself.
  auto here = request_to("http://127.0.0.1:5001/token");
  here.registry = {"http", "127.0.0.1", 5000};
  here.peer = AddressScope::kLoopback;
  EXPECT_EQ(error(here), "");
  here.registry = {"https", "localhost", 5000};
  EXPECT_EQ(error(here), "");
  here.realm = "http://auth.example/token";
  EXPECT_THAT(error(here), HasSubstr("without TLS"));
  auto office = request_to("https://10.0.0.1/token");
  office.peer = AddressScope::kPrivate;
  EXPECT_EQ(error(office), "");
}

TEST(Token, RequestIsGuardedAndBounded) {
  std::optional<AddressScope> named_by;
  std::size_t maximum = 0;
  const auto perform = [&](const HttpRequest& request) {
    named_by = request.named_by;
    maximum = request.maximum_body;
    return HttpOutcome{base::Error{"cannot connect", "", ""}, true};
  };
  const auto token =
      fetch_token(perform, request_to("https://auth.example/token"), std::nullopt, kNow);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().what, "cannot connect");
  EXPECT_EQ(named_by, AddressScope::kPublic);
  EXPECT_EQ(maximum, 65536U);
}

TEST(Token, GrantedScopes) {
  const auto jwt = [](const std::string& payload) {
    return base::to_base64(R"({"alg":"none"})") + "." + base::to_base64(payload) + ".c2ln";
  };
  const auto granted = granted_scopes(jwt(
      R"({"access":[{"type":"repository","name":"a/b","actions":["pull"]},
                    {"type":"repository","name":"c","actions":["pull","push"]}]})"));
  ASSERT_TRUE(granted);
  EXPECT_THAT(granted->texts(), ElementsAre("repository:c:pull,push", "repository:a/b:pull"));
  ASSERT_TRUE(granted_scopes(jwt(R"({"access":[]})")));
  EXPECT_TRUE(granted_scopes(jwt(R"({"access":[]})"))->empty());
  for (const auto& other : {std::string("opaque"), std::string("a.b.c"), jwt("{}"), jwt("[]"),
                            jwt(R"({"access":{}})"), jwt(R"({"access":[{"type":1}]})")}) {
    EXPECT_FALSE(granted_scopes(other)) << other;
  }
}

}  // namespace

}  // namespace gantry::registry

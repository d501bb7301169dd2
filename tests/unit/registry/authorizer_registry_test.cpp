// The authorizer and the HTTP client against a registry that asks for authorization.
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/process.hpp"
#include "credential_fixture.hpp"
#include "registry/authorizer.hpp"
#include "registry/http.hpp"
#include "registry/url.hpp"
#include "tests/registry/test_registry.hpp"

namespace gantry::registry {

namespace {

using test_registry::AuthOptions;
using test_registry::TestRegistry;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Scopes kPull = {"repository:app:pull"};
const Scopes kPush = {"repository:app:pull,push"};

AuthOptions auth(AuthOptions::Scheme scheme) {
  AuthOptions options;
  options.scheme = scheme;
  options.users = {{"me", "pa:ss"}};
  return options;
}

/// A client with the credentials of a file, and a registry.
class AuthorizerAtRegistry : public ::testing::Test {
 protected:
  void start(AuthOptions options, const std::string& entry = R"({"auth": "bWU6cGE6c3M="})") {
    test_registry::Options settings;
    settings.auth = std::move(options);
    auto started = TestRegistry::start(std::move(settings));
    ASSERT_TRUE(started) << started.error().what;
    registry_.emplace(*std::move(started));
    registry_->create_repository("app");
    registry_->create_repository("base");
    endpoint_ = *endpoint_of(registry_->url());
    store_.emplace(home_.store(
        {home_.docker(R"({"auths": {")" + registry_->host() + R"(": )" + entry + "}}")}));
    restart();
  }

  /// As another process would begin.
  void restart() {
    authorizer_.emplace(
        *store_, [this](const HttpRequest& request) { return client_.perform(request); },
        [this] { return std::chrono::system_clock::now() + later_; });
  }

  /// As a session does it: at most two challenges are answered. "ok", or why not.
  std::string perform(const char* method, const std::string& path, const Scopes& scopes) {
    for (int challenges = 0;; ++challenges) {
      const auto sent = authorizer_->authorization(endpoint_, scopes);
      HttpRequest request;
      request.method = method;
      request.url = registry_->url() + path;
      if (!sent.empty()) {
        request.headers.emplace_back("Authorization", sent);
      }
      const auto outcome = client_.perform(request);
      if (!outcome.response) {
        return outcome.response.error().what;
      }
      const auto& response = *outcome.response;
      if (response.status == 403 || (response.status == 401 && challenges == 2)) {
        return authorizer_->refusal(endpoint_, scopes, sent, response).what;
      }
      if (response.status != 401) {
        return "ok";
      }
      if (const auto answered = authorizer_->answer(endpoint_, scopes, sent, response); !answered) {
        return answered.error().what;
      }
    }
  }
  std::string list_tags() { return perform("GET", "/v2/app/tags/list", kPull); }
  std::string start_upload() { return perform("POST", "/v2/app/blobs/uploads/", kPush); }

  CredentialHome home_;
  std::optional<TestRegistry> registry_;
  Endpoint endpoint_;
  HttpClient client_ = *HttpClient::create();
  std::optional<CredentialStore> store_;
  std::chrono::seconds later_{0};
  std::optional<Authorizer> authorizer_;
};

TEST_F(AuthorizerAtRegistry, Basic) {
  start(auth(AuthOptions::Scheme::kBasic));
  EXPECT_EQ(list_tags(), "ok");
  EXPECT_EQ(start_upload(), "ok");
  EXPECT_EQ(registry_->count(), 3U);  // one challenge
}

TEST_F(AuthorizerAtRegistry, BasicWithTheWrongPassword) {
  start(auth(AuthOptions::Scheme::kBasic), R"({"auth": "bWU6d3Jvbmc="})");
  EXPECT_EQ(list_tags(), "the registry answers 401: UNAUTHORIZED: authentication required");
  EXPECT_EQ(registry_->count(), 2U);
}

TEST_F(AuthorizerAtRegistry, BearerInTheFewestRequests) {
  start(auth(AuthOptions::Scheme::kBearer));
  EXPECT_EQ(list_tags(), "ok");
  EXPECT_EQ(list_tags(), "ok");
  EXPECT_EQ(registry_->count(), 4U);  // challenge, token, two answers
  EXPECT_EQ(start_upload(), "ok");
  EXPECT_EQ(registry_->count(), 6U);  // a token beforehand, no challenge
  ASSERT_THAT(registry_->token_requests(), SizeIs(2));
  EXPECT_EQ(registry_->token_requests()[1].username, "me");
  EXPECT_THAT(registry_->token_requests()[1].scopes, ElementsAre("repository:app:pull,push"));
}

TEST_F(AuthorizerAtRegistry, NegotiateFirst) {
  auto options = auth(AuthOptions::Scheme::kBearer);
  options.negotiate_first = true;
  start(options);
  EXPECT_EQ(list_tags(), "ok");
}

TEST_F(AuthorizerAtRegistry, MountNeedsTheOtherRepositoryToo) {
  start(auth(AuthOptions::Scheme::kBearer));
  EXPECT_EQ(start_upload(), "ok");
  const auto digest = "sha256:" + std::string(64, '0');
  EXPECT_EQ(perform("POST", "/v2/app/blobs/uploads/?mount=" + digest + "&from=base",
                    {"repository:app:pull,push", "repository:base:pull"}),
            "ok");
  EXPECT_THAT(registry_->token_requests().back().scopes,
              ElementsAre("repository:app:pull,push", "repository:base:pull"));
  EXPECT_EQ(registry_->count("POST", "/v2/"), 3U);  // one was challenged
}

TEST_F(AuthorizerAtRegistry, MountThatWasNotForeseenIsInTheChallenge) {
  start(auth(AuthOptions::Scheme::kBearer));
  EXPECT_EQ(start_upload(), "ok");
  const auto digest = "sha256:" + std::string(64, '0');
  EXPECT_EQ(perform("POST", "/v2/app/blobs/uploads/?mount=" + digest + "&from=base", kPush), "ok");
  EXPECT_THAT(registry_->token_requests().back().scopes,
              ElementsAre("repository:app:pull,push", "repository:base:pull"));
}

TEST_F(AuthorizerAtRegistry, ServiceThatReadsTheFirstScopeOnly) {
  auto options = auth(AuthOptions::Scheme::kBearer);
  options.first_scope_only = true;
  start(options);
  // What it gives lets nobody mount, but push.
  const auto digest = "sha256:" + std::string(64, '0');
  EXPECT_THAT(perform("POST", "/v2/app/blobs/uploads/?mount=" + digest + "&from=base",
                      {"repository:base:pull", "repository:app:pull,push"}),
              AllOf(HasSubstr("its token grants repository:app:pull,push and not "
                              "repository:base:pull")));
  EXPECT_EQ(start_upload(), "ok");
}

TEST_F(AuthorizerAtRegistry, TokenThatGrantsPullOnly) {
  for (const int status : {401, 403}) {
    auto options = auth(AuthOptions::Scheme::kBearer);
    options.granted = {"pull"};
    options.insufficient_status = status;
    start(options);
    EXPECT_EQ(list_tags(), "ok");
    EXPECT_THAT(start_upload(), HasSubstr("its token grants repository:app:pull and not "
                                          "repository:app:push"))
        << status;
  }
}

TEST_F(AuthorizerAtRegistry, IdentityToken) {
  auto options = auth(AuthOptions::Scheme::kBearer);
  options.identity_token = "refresh me";
  start(options, R"({"auth": "MDAwMDo=", "identitytoken": "refresh me"})");
  EXPECT_EQ(start_upload(), "ok");
  ASSERT_THAT(registry_->token_requests(), SizeIs(1));
  EXPECT_EQ(registry_->token_requests()[0].method, "POST");
  EXPECT_EQ(registry_->token_requests()[0].refresh_token, "refresh me");
}

TEST_F(AuthorizerAtRegistry, IdentityTokenOfAHelperWhereTheServiceKnowsNoPost) {
  auto options = auth(AuthOptions::Scheme::kBearer);
  options.no_oauth2 = true;
  options.users = {{"", "refresh me"}};
  start(options, "{}");
  home_.add_helper("azure", R"(echo '{"Username":"<token>","Secret":"refresh me"}')");
  static_cast<void>(home_.docker(R"({"credsStore": "azure"})"));
  EXPECT_EQ(start_upload(), "ok");
  ASSERT_THAT(registry_->token_requests(), SizeIs(2));
  EXPECT_EQ(registry_->token_requests()[0].status, 404);
  EXPECT_EQ(registry_->token_requests()[1].method, "GET");
}

TEST_F(AuthorizerAtRegistry, AccessTokenFieldAndNoLifetime) {
  auto options = auth(AuthOptions::Scheme::kBearer);
  options.access_token_field = true;
  options.expires_in = std::nullopt;
  start(options);
  EXPECT_EQ(list_tags(), "ok");
  later_ = std::chrono::seconds(40);
  EXPECT_EQ(list_tags(), "ok");
  EXPECT_THAT(registry_->token_requests(), SizeIs(1));
  later_ = std::chrono::seconds(50);  // of 60
  EXPECT_EQ(list_tags(), "ok");
  EXPECT_THAT(registry_->token_requests(), SizeIs(2));
}

TEST_F(AuthorizerAtRegistry, RevokedTokenIsReplacedOnce) {
  start(auth(AuthOptions::Scheme::kBearer));
  EXPECT_EQ(list_tags(), "ok");
  registry_->revoke_tokens();
  later_ = std::chrono::seconds(60);
  EXPECT_EQ(list_tags(), "ok");
  EXPECT_THAT(registry_->token_requests(), SizeIs(2));
}

TEST_F(AuthorizerAtRegistry, AnonymousPullAfterAFailedHelper) {
  auto options = auth(AuthOptions::Scheme::kBearer);
  options.anonymous_pull = true;
  start(options, "{}");
  static_cast<void>(home_.docker(R"({"credsStore": "not-installed"})"));
  EXPECT_EQ(list_tags(), "ok");
  EXPECT_THAT(home_.warnings,
              ElementsAre("the credential helper 'not-installed' failed to get: cannot run "
                          "docker-credential-not-installed: No such file or directory; going on "
                          "without it"));
  EXPECT_THAT(start_upload(), HasSubstr("its token grants repository:app:pull and not "
                                        "repository:app:push"));
}

TEST_F(AuthorizerAtRegistry, RefusedByTheService) {
  start(auth(AuthOptions::Scheme::kBearer), R"({"auth": "bWU6d3Jvbmc="})");
  EXPECT_THAT(list_tags(),
              AllOf(HasSubstr("/token answers 401: UNAUTHORIZED: these credentials are not known"),
                    HasSubstr("config.json")));
}

// Files that other programs have written, for a registry that they have tried them on.
TEST_F(AuthorizerAtRegistry, LoginsOfOtherPrograms) {
  for (const char* program : {"skopeo", "buildah"}) {
    if (!base::find_program(program)) {
      GTEST_SKIP() << program << " is not installed";
    }
    start(auth(AuthOptions::Scheme::kBearer), "{}");
    const auto file = home_.path() / program;
    const auto finished = base::run_checked(
        {.arguments = {program, "login", "--tls-verify=false", "--authfile", file.native(),
                       "--username", "me", "--password-stdin", registry_->host()},
         .input = "pa:ss"});
    ASSERT_TRUE(finished) << finished.error().what;
    store_ = home_.store({{file, CredentialFile::Style::kContainers}});
    EXPECT_EQ((**store_->find(registry_->host(), "app")).password, "pa:ss");
    EXPECT_EQ(start_upload(), "ok");
  }
}

TEST_F(AuthorizerAtRegistry, ManyThreadsOneToken) {
  start(auth(AuthOptions::Scheme::kBearer));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] { EXPECT_EQ(start_upload(), "ok"); });
  }
  threads.clear();
  EXPECT_THAT(registry_->token_requests(), SizeIs(1));
}

TEST_F(AuthorizerAtRegistry, TokenServiceThatIsNowhere) {
  auto options = auth(AuthOptions::Scheme::kBearer);
  options.realm = "http://127.0.0.1:1/token";
  start(options);
  EXPECT_THAT(list_tags(), HasSubstr("127.0.0.1"));
  options.realm = "http://169.254.169.254/token";
  registry_->set_auth(options);
  EXPECT_EQ(list_tags(),
            "the registry names a token service at a link-local address, "
            "http://169.254.169.254/token");
}

}  // namespace

}  // namespace gantry::registry

#include "registry/session.hpp"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/tags.hpp"
#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SessionWith : public RegistryFixture {
 protected:
  using RegistryFixture::RegistryFixture;

  Outcome get(std::string path = "/v2/") {
    Operation operation;
    operation.request.url = std::move(path);
    return session_.perform(std::move(operation));
  }

  std::string error_of(const Outcome& outcome) {
    return outcome.answer ? "no error" : outcome.answer.error().what;
  }

  void answer_once(int status, test_registry::Pairs headers, std::string body = "") {
    test_registry::Fault fault;
    fault.status = status;
    fault.headers = std::move(headers);
    fault.body = std::move(body);
    registry_.add_fault(std::move(fault));
  }
};

TEST_F(SessionWith, OverloadAsksAgain) {
  answer_once(503, {});
  answer_once(429, {{"Retry-After", "0"}});
  const auto outcome = get();
  ASSERT_TRUE(outcome.answer) << error_of(outcome);
  EXPECT_EQ(outcome.answer->response.status, 200);
  EXPECT_EQ(registry_.requests().size(), 3U);
}

TEST_F(SessionWith, TooLongAPauseAskedForGivesUp) {
  answer_once(429, {{"Retry-After", "86400"}});
  const auto outcome = get();
  ASSERT_TRUE(outcome.answer);
  EXPECT_EQ(outcome.answer->response.status, 429);
  EXPECT_EQ(registry_.requests().size(), 1U);
}

TEST_F(SessionWith, PauseOfMicrosecondsWaitsForThose) {
  answer_once(429, {}, "{\"errors\":[{\"message\":\"retry-after: 880\u00b5s\"}]}");
  EXPECT_TRUE(get().answer->response.successful());
}

TEST_F(SessionWith, OverloadThatEndsItsLinesByLfAsksAgain) {
  set_quirk("lf-only");
  answer_once(429, {{"Retry-After", "0"}}, "slow down");
  const auto outcome = get();
  ASSERT_TRUE(outcome.answer) << error_of(outcome);
  EXPECT_EQ(outcome.answer->response.status, 200);
}

TEST_F(SessionWith, OverloadWithoutEndGivesUp) {
  add_fault("status=429,header=Retry-After: 0,times=always");
  const auto outcome = get();
  ASSERT_TRUE(outcome.answer) << error_of(outcome);
  EXPECT_EQ(outcome.answer->response.status, 429);
  EXPECT_EQ(registry_.requests().size(), policy_.attempts);
}

TEST_F(SessionWith, RefusalDoesNotAskAgain) {
  answer_once(400, {});
  EXPECT_EQ(get().answer->response.status, 400);
  EXPECT_EQ(registry_.requests().size(), 1U);
}

class RedirectTo : public SessionWith,
                   public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(RedirectTo, PlacesThatARegistryMustNotNameIsRefused) {
  answer_once(307, {{"Location", GetParam().first}});
  const auto outcome = get();
  ASSERT_FALSE(outcome.answer);
  EXPECT_THAT(outcome.answer.error().what, HasSubstr(GetParam().second));
  EXPECT_FALSE(outcome.transient);
  EXPECT_EQ(registry_.requests().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Addresses, RedirectTo,
    testing::Values(std::pair("http://169.254.169.254/latest/meta-data/", "a link-local address"),
                    std::pair("http://[fe80::1]/", "a link-local address"),
                    std::pair("http://10.0.0.1/", "a private address"),
                    std::pair("http://192.168.1.1:8080/", "a private address"),
                    std::pair("http://[::ffff:10.0.0.1]/", "a private address"),
                    std::pair("file:///etc/passwd", "its scheme is neither https nor http"),
                    std::pair("http://u:p@127.0.0.1/", "a user name or a password")));

TEST_F(SessionWith, RedirectsInACircleEnds) {
  for (int i = 0; i < 9; ++i) {
    answer_once(307, {{"Location", "/v2/"}});
  }
  EXPECT_EQ(error_of(get()), "more than 5 redirects");
}

TEST_F(SessionWith, HeadersOfMegabytesIsRefused) {
  add_fault("header-bytes=1000000,times=9");
  const auto outcome = get();
  ASSERT_FALSE(outcome.answer);
  EXPECT_THAT(outcome.answer.error().what,
              HasSubstr("the headers of the answer are larger than 65.5 kB"));
  EXPECT_EQ(registry_.requests().size(), 1U);
}

TEST_F(SessionWith, FailureWithAnEndlessBodyIsAnAnswerAllTheSame) {
  add_fault("status=404,endless");
  const auto outcome = get();
  ASSERT_TRUE(outcome.answer) << error_of(outcome);
  EXPECT_EQ(outcome.answer->response.status, 404);
  EXPECT_LE(outcome.answer->response.body.size(), 65536U);
}

TEST_F(SessionWith, SilenceIsNoticed) {
  http_options_.stall_timeout = std::chrono::milliseconds(200);
  client_ = *HttpClient::create(http_options_);
  add_fault("delay=5000,times=9");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(error_of(get()), HasSubstr("has sent nothing for 0.2 s"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

TEST_F(SessionWith, NobodyThereSaysSo) {
  Session nobody(client_, authorizer_, {"http", "127.0.0.1", 1}, policy_);
  const auto outcome = nobody.perform({});
  EXPECT_THAT(error_of(outcome), HasSubstr("no answer from http://127.0.0.1:1: "));
  EXPECT_TRUE(outcome.transient);
}

TEST_F(SessionWith, LineBreaksInAHeaderSendsNothing) {
  Operation operation;
  operation.request.url = "/v2/";
  operation.request.headers = {{"X", "a\r\nHost: evil.example"}};
  EXPECT_THAT(error_of(session_.perform(std::move(operation))), HasSubstr("has a line break"));
  EXPECT_EQ(registry_.requests().size(), 0U);
}

TEST_F(SessionWith, ManyThreadsUsesFewConnections) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        EXPECT_TRUE(get().answer);
      }
    });
  }
  threads.clear();
  unsigned connections = 0;
  for (const auto& recorded : registry_.requests()) {
    connections = std::max(connections, recorded.request.connection);
  }
  EXPECT_LE(connections, http_options_.connections_per_host);
}

class Tags : public SessionWith {};

TEST_F(Tags, AreListedFromAllPages) {
  set_quirk("tags-page=2");
  ASSERT_TRUE(push(make_image({"a"}), {"5", "4", "3", "2", "1"}));
  for (const auto* quirk : {"tags-page=2", "relative-link", "unsorted-tags"}) {
    set_quirk(quirk);
    const auto tags = list_tags(repository());
    ASSERT_TRUE(tags) << tags.error().what;
    EXPECT_THAT(*tags, ElementsAre("1", "2", "3", "4", "5"));
  }
}

TEST_F(Tags, OfAnUnknownRepositoryAreNone) {
  const auto tags = list_tags(repository("team/none"));
  ASSERT_TRUE(tags) << tags.error().what;
  EXPECT_THAT(*tags, ElementsAre());
}

TEST_F(Tags, OfARepositoryWithoutAnyAreNone) {
  registry_.create_repository("team/empty");
  for (const auto* quirk : {"tags-404-when-empty=off", "tags-404-when-empty"}) {
    set_quirk(quirk);
    const auto tags = list_tags(repository("team/empty"));
    ASSERT_TRUE(tags) << tags.error().what;
    EXPECT_THAT(*tags, ElementsAre());
  }
}

TEST_F(Tags, AreAskedForAThousandAtATime) {
  ASSERT_TRUE(list_tags(repository()));
  EXPECT_EQ(registry_.requests().back().request.parameter("n"), "1000");
}

TEST_F(Tags, InACircleOfPagesEnd) {
  for (int i = 0; i < 9; ++i) {
    answer_once(200, {{"Link", "</v2/team/app/tags/list>; rel=\"next\""}},
                "{\"name\":\"team/app\",\"tags\":[\"1\",\"not a tag\"]}");
  }
  const auto tags = list_tags(repository());
  ASSERT_TRUE(tags) << tags.error().what;
  EXPECT_THAT(*tags, ElementsAre("1"));
}

/// A registry that lets in one user only, over TLS.
class SecureSession : public SessionWith {
 protected:
  SecureSession() : SessionWith(options()) {
    http_options_.ca_file = directory() / "registry.pem";
    client_ = *HttpClient::create(http_options_);
  }

  static std::filesystem::path directory() {
    static const auto kDirectory = *base::TempDir::create();
    return kDirectory.path();
  }

  static test_registry::Options options() {
    test_registry::Options options;
    options.tls = *test_registry::make_certificate(directory());
    return options;
  }
};

TEST_F(SecureSession, TrustsTheAuthoritiesThatItIsGiven) {
  ASSERT_THAT(registry_.url(), testing::StartsWith("https://"));
  const auto outcome = get();
  ASSERT_TRUE(outcome.answer) << error_of(outcome);
}

TEST_F(SecureSession, TrustsNobodyElse) {
  client_ = *HttpClient::create({});
  const auto outcome = get();
  ASSERT_FALSE(outcome.answer);
  EXPECT_THAT(outcome.answer.error().what, HasSubstr("certificate"));
  EXPECT_THAT(outcome.answer.error().hint, HasSubstr("an authority of your own"));
  EXPECT_FALSE(outcome.transient);
}

TEST_F(SecureSession, IsNotLedToPlainHttp) {
  const auto plain = *test_registry::TestRegistry::start();
  answer_once(307, {{"Location", plain.url() + "/v2/"}});
  EXPECT_THAT(error_of(get()), HasSubstr("redirected from https to 'http://127.0.0.1"));
  EXPECT_EQ(plain.requests().size(), 0U);
}

}  // namespace
}  // namespace gantry::registry

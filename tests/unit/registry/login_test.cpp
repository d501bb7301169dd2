#include "registry/login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/credentials.hpp"
#include "registry/http.hpp"
#include "registry/url.hpp"
#include "tests/registry/test_registry.hpp"

namespace gantry::registry {

namespace {

using test_registry::AuthOptions;
using test_registry::TestRegistry;
using ::testing::HasSubstr;
using ::testing::Not;

class Login : public ::testing::TestWithParam<AuthOptions::Scheme> {
 protected:
  base::Result<bool> check(const char* password) {
    Credentials credentials;
    credentials.username = "me";
    credentials.password = password;
    credentials.source = "this login";
    return check_login(client_, *endpoint_of(registry_.url()), credentials);
  }
  static TestRegistry start(AuthOptions::Scheme scheme) {
    test_registry::Options options;
    options.auth.scheme = scheme;
    options.auth.users = {{"me", "hunter2"}};
    return *TestRegistry::start(std::move(options));
  }

  TestRegistry registry_ = start(GetParam());
  HttpClient client_ = *HttpClient::create();
};

TEST_P(Login, GoodAndBadCredentials) {
  const bool asks = GetParam() != AuthOptions::Scheme::kNone;
  const auto good = check("hunter2");
  ASSERT_TRUE(good) << good.error().what;
  EXPECT_EQ(*good, asks);
  const auto bad = check("hunter3");
  EXPECT_EQ(static_cast<bool>(bad), !asks);
  if (asks) {
    EXPECT_THAT(bad.error().what, HasSubstr("answers 401: UNAUTHORIZED: "));
    EXPECT_THAT(bad.error().what, Not(HasSubstr("hunter")));
    EXPECT_EQ(bad.error().hint, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, Login,
                         ::testing::Values(AuthOptions::Scheme::kNone, AuthOptions::Scheme::kBasic,
                                           AuthOptions::Scheme::kBearer));

TEST(LoginElsewhere, WhatIsNoRegistry) {
  auto registry = *TestRegistry::start({});
  auto fault = test_registry::parse_fault("method=GET,target=/v2/,status=500");
  ASSERT_TRUE(fault) << fault.error().what;
  registry.add_fault(*fault);
  auto client = *HttpClient::create();
  const auto checked = check_login(client, *endpoint_of(registry.url()), {});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().what, "answers 500 for /v2/: that is no registry");
  EXPECT_EQ(checked.error().where, registry.host());
}

}  // namespace

}  // namespace gantry::registry

#include "registry/credential_helper.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "credential_fixture.hpp"

namespace gantry::registry {

namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

CredentialHelper helper(const char* name) {
  return {name, milliseconds(20'000)};
}

TEST(CredentialHelper, KeepsGivesListsAndForgets) {
  const CredentialHome home;
  home.add_keeping_helper("keep");
  Credentials credentials;
  credentials.username = "me";
  credentials.password = R"(pa"ss:wörd\)";
  ASSERT_TRUE(helper("keep").store("https://h:5000/v1/", credentials));
  const auto found = helper("keep").get("https://h:5000/v1/");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->username, "me");
  EXPECT_EQ((*found)->password, credentials.password);
  EXPECT_EQ((*found)->source, "the credential helper 'keep'");
  EXPECT_THAT(*helper("keep").list(), ElementsAre("https://h:5000/v1/"));
  ASSERT_TRUE(helper("keep").erase("https://h:5000/v1/"));
  EXPECT_FALSE(helper("keep").get("https://h:5000/v1/")->has_value());
  // The verb is all that is ever on the command line.
  EXPECT_EQ(home.calls(), "store\nget\nlist\nerase\nget\n");
}

TEST(CredentialHelper, IdentityTokenHasItsUserName) {
  const CredentialHome home;
  home.add_keeping_helper("keep");
  Credentials credentials;
  credentials.username = "me";
  credentials.identity_token = "refresh";
  ASSERT_TRUE(helper("keep").store("h", credentials));
  EXPECT_THAT(*base::read_file(home.path() / "kept" / "h"), HasSubstr(R"("Username":"<token>")"));
  const auto found = helper("keep").get("h");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->identity_token, "refresh");
  EXPECT_EQ((*found)->username, "");
  EXPECT_EQ((*found)->password, "");
}

TEST(CredentialHelper, NotFoundAndEmptyAreAnonymous) {
  const CredentialHome home;
  home.add_helper("none", "echo 'credentials not found in native keychain'; exit 1");
  home.add_helper("stderr", "echo 'Error: credentials not found in native keychain' >&2; exit 1");
  home.add_helper("empty", R"(echo '{"ServerURL":"h","Username":"","Secret":""}')");
  for (const char* name : {"none", "stderr", "empty"}) {
    const auto found = helper(name).get("h");
    ASSERT_TRUE(found) << name << ": " << found.error().what;
    EXPECT_FALSE(found->has_value()) << name;
  }
}

TEST(CredentialHelper, FailureQuotesItsFirstLine) {
  const CredentialHome home;
  home.add_helper("locked", "printf 'the keyring is \\033[1mlocked\\nand more'; exit 3");
  const auto found = helper("locked").get("h");
  ASSERT_FALSE(found);
  EXPECT_EQ(
      found.error().what,
      "the credential helper 'locked' failed to get: the keyring is \\x1b[1mlocked (exit code 3)");
}

TEST(CredentialHelper, FailureNeverQuotesASecret) {
  const CredentialHome home;
  home.add_helper("echo", "cat; exit 1");
  home.add_helper("leak", R"(echo '{"Username":"u","Secret":"hidden"}'; exit 1)");
  home.add_helper("garbage", R"(echo 'hidden {')");
  home.add_helper("wrong", R"(echo '{"Username":"u","Secret":["hidden"]}')");
  Credentials credentials;
  credentials.username = "u";
  credentials.password = "hidden";
  const auto stored = helper("echo").store("h", credentials);
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().what, "the credential helper 'echo' failed to store (exit code 1)");
  EXPECT_EQ(helper("leak").get("h").error().what,
            "the credential helper 'leak' failed to get (exit code 1)");
  for (const char* name : {"garbage", "wrong"}) {
    const auto found = helper(name).get("h");
    ASSERT_FALSE(found) << name;
    EXPECT_THAT(found.error().what, HasSubstr("its answer is not the JSON object"));
    EXPECT_THAT(found.error().what, Not(HasSubstr("hidden")));
  }
}

TEST(CredentialHelper, MissingOneAndNamesThatLeadElsewhere) {
  const CredentialHome home;
  const auto missing = helper("no-such-helper").get("h");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what,
            "the credential helper 'no-such-helper' failed to get: cannot run "
            "docker-credential-no-such-helper: No such file or directory");
  const auto path = helper("x/../../bin/sh").get("h");
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().what,
            "the credential helper 'x/../../bin/sh' failed to get: that is no name of a program "
            "docker-credential-NAME");
}

TEST(CredentialHelper, SlowOneIsGivenUp) {
  const CredentialHome home;
  home.add_helper("slow", "exec sleep 30");
  const auto found = CredentialHelper("slow", milliseconds(100)).get("h");
  ASSERT_FALSE(found);
  EXPECT_EQ(
      found.error().what,
      "the credential helper 'slow' failed to get: docker-credential-slow did not finish within "
      "100 ms");
}

}  // namespace

}  // namespace gantry::registry

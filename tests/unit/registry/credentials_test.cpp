#include "registry/credentials.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "credential_fixture.hpp"

namespace gantry::registry {

namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// "user:password", "" for anonymous.
std::string find(CredentialStore& store, const char* host, const char* repository = "a/b") {
  const auto found = store.find(host, repository);
  return !found ? found.error().what : *found ? (*found)->username + ":" + (*found)->password : "";
}

Credentials login(const char* username, const char* password) {
  Credentials credentials;
  credentials.username = username;
  credentials.password = password;
  return credentials;
}

TEST(Credentials, FilesInTheirOrder) {
  CredentialHome home;
  auto store =
      home.store({home.containers(R"({"auths": {"h": {"auth": "MTox"}}})"),
                  {home.path() / "absent.json"},
                  home.docker(R"({"auths": {"h": {"auth": "Mjoy"}, "g": {"auth": "Mzoz"}}})")});
  EXPECT_EQ(find(store, "h"), "1:1");
  EXPECT_EQ(find(store, "g"), "3:3");
  EXPECT_EQ(find(store, "i"), "");
}

TEST(Credentials, DamagedFileIsAnError) {
  CredentialHome home;
  auto store =
      home.store({home.docker("{"), home.containers(R"({"auths": {"h": {"auth": "MTox"}}})")});
  const auto found = store.find("h", "");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().where, (home.path() / "config.json").native());
}

TEST(Credentials, HelpersBeforeTheFileItself) {
  CredentialHome home;
  home.add_helper("special", R"(echo '{"Username":"special","Secret":"1"}')");
  home.add_helper("general", R"sh(
    [ "$(cat)" = general.io ] && echo '{"Username":"general","Secret":"2"}' && exit
    echo 'credentials not found in native keychain' && exit 1)sh");
  auto store = home.store({home.docker(R"({
      "credHelpers": {"special.io": "special"}, "credsStore": "general",
      "auths": {"special.io": {"auth": "MTox"}, "general.io": {"auth": "MTox"}, "file.io": {"auth": "MTox"}}})")});
  EXPECT_EQ(find(store, "special.io"), "special:1");
  EXPECT_EQ(find(store, "general.io"), "general:2");
  EXPECT_EQ(find(store, "file.io"), "1:1");
  EXPECT_THAT(home.warnings, IsEmpty());
}

TEST(Credentials, FailingHelperIsOneWarningAndAnonymous) {
  CredentialHome home;
  home.add_helper("broken", "echo 'no display'; exit 2");
  auto store = home.store({home.docker(R"({"credsStore": "broken"})")});
  EXPECT_EQ(find(store, "a.io"), "");
  EXPECT_EQ(find(store, "b.io"), "");
  EXPECT_EQ(find(store, "b.io"), "");
  EXPECT_THAT(
      home.warnings,
      ElementsAre("the credential helper 'broken' failed to get: no display (exit code 2); going "
                  "on without it"));
  EXPECT_EQ(home.calls(), "get\nget\n");  // once for each host
}

TEST(Credentials, HelperIsAskedOnceByManyThreads) {
  CredentialHome home;
  home.add_helper("slow", R"(sleep 0.05; echo '{"Username":"u","Secret":"p"}')");
  auto store = home.store({home.docker(R"({"credsStore": "slow"})")});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { EXPECT_EQ(find(store, "h", i % 2 == 0 ? "a" : "b"), "u:p"); });
  }
  threads.clear();
  EXPECT_EQ(home.calls(), "get\n");
}

TEST(Credentials, DockerHubInAHelperOfDockerOrPodman) {
  for (const char* server : {"https://index.docker.io/v1/", "docker.io"}) {
    CredentialHome home;
    home.add_helper("hub", std::string("server=") + server + R"sh(
      [ "$(cat)" = "$server" ] && echo '{"Username":"u","Secret":"p"}' && exit
      echo 'credentials not found in native keychain' && exit 1)sh");
    auto store = home.store({home.docker(R"({"credsStore": "hub"})")});
    EXPECT_EQ(find(store, "registry-1.docker.io", "library/debian"), "u:p") << server;
  }
}

TEST(Credentials, LoginGoesWhereTheOldOneWas) {
  CredentialHome home;
  const auto podman = home.containers(R"({"auths": {"h": {"auth": "b2xkOm9sZA=="}}})");
  auto store = home.store({podman, home.docker()});
  EXPECT_EQ(*store.store("h", "", login("u", "1")), podman.path.native());
  EXPECT_EQ(find(store, "h"), "u:1");
  EXPECT_EQ(*store.store("g", "", login("u", "2")), home.docker().path.native());
  EXPECT_EQ(find(store, "g"), "u:2");
}

TEST(Credentials, LoginGoesToTheHelperThatIsConfigured) {
  CredentialHome home;
  home.add_keeping_helper("keep");
  const std::string text =
      R"({"credHelpers": {"h": "keep", "https://index.docker.io/v1/": "keep"}})";
  auto store = home.store({home.docker(text)});
  EXPECT_EQ(*store.store("h", "", login("u", "p")), "the credential helper 'keep'");
  EXPECT_EQ(*store.store("docker.io", "", login("hub", "p")), "the credential helper 'keep'");
  EXPECT_TRUE(fs::exists(home.path() / "kept" / "https:%%index.docker.io%v1%"));
  EXPECT_EQ(find(store, "h"), "u:p");
  EXPECT_EQ(find(store, "docker.io"), "hub:p");
  EXPECT_EQ(*base::read_file(home.docker().path), text);
  EXPECT_THAT(*store.erase("h", ""), ElementsAre("the credential helper 'keep'"));
  EXPECT_THAT(*store.erase("h", ""), IsEmpty());
  EXPECT_EQ(find(store, "h"), "");
  EXPECT_EQ(find(store, "docker.io"), "hub:p");
}

TEST(Credentials, HelperThatCannotStoreIsAnError) {
  CredentialHome home;
  home.add_helper("ecr", "echo 'not implemented'; exit 1");
  auto store = home.store({home.docker(R"({"credsStore": "ecr"})")});
  const auto stored = store.store("h", "", login("u", "hunter2"));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().what,
            "the credential helper 'ecr' failed to store: not implemented (exit code 1)");
}

TEST(Credentials, LogoutRemovesThemEverywhere) {
  CredentialHome home;
  const std::string text =
      R"({"auths": {"h": {"auth": "MTox"}, "https://h/v1/": {"auth": "Mjoy"}}})";
  auto store = home.store({home.containers(text), home.docker(text)});
  EXPECT_THAT(*store.erase("h", ""),
              ElementsAre(home.containers().path.native(), home.docker().path.native()));
  EXPECT_EQ(find(store, "h"), "");
  EXPECT_THAT(*store.erase("h", ""), IsEmpty());
}

TEST(Credentials, OfOneRepositoryGoIntoAFileThatCanHoldThem) {
  CredentialHome home;
  auto store = home.store({home.containers(), home.docker()});
  EXPECT_EQ(*store.store("h", "team/app", login("u", "p")), home.containers().path.native());
  EXPECT_EQ(find(store, "h", "team/app"), "u:p");
  EXPECT_EQ(find(store, "h", "team"), "");
  EXPECT_THAT(*store.erase("h", "team/app"), ElementsAre(home.containers().path.native()));
  auto docker = home.store({home.docker()});
  const auto refused = docker.store("h", "team/app", login("u", "p"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "there is no file for credentials of single repositories");
}

class CredentialsOfTheEnvironment : public ::testing::Test {
 protected:
  /// Writes a file whose user is its own name.
  void put(const fs::path& path, const char* auth) const {
    fs::create_directories(path.parent_path());
    ASSERT_TRUE(
        base::write_file(path, std::string(R"({"auths": {"h": {"auth": ")") + auth + R"("}}})"));
  }
  std::string user() const {
    auto store = CredentialStore::from_environment({});
    return find(store, "h");
  }

  CredentialHome home_;
  fs::path root_ = home_.path();
  Variable home_directory_{"HOME", (root_ / "home").native()};
  Variable runtime_{"XDG_RUNTIME_DIR", (root_ / "run").native()};
  Variable config_{"XDG_CONFIG_HOME", std::nullopt};
  Variable docker_{"DOCKER_CONFIG", std::nullopt};
  Variable file_{"REGISTRY_AUTH_FILE", std::nullopt};
};

TEST_F(CredentialsOfTheEnvironment, EachFileHidesTheNext) {
  EXPECT_EQ(user(), "");
  put(root_ / "home/.docker/config.json", "MTox");
  EXPECT_EQ(user(), "1:1");
  put(root_ / "home/.config/containers/auth.json", "Mjoy");
  EXPECT_EQ(user(), "2:2");
  put(root_ / "run/containers/auth.json", "Mzoz");
  EXPECT_EQ(user(), "3:3");
  const Variable file("REGISTRY_AUTH_FILE", (root_ / "mine.json").native());
  EXPECT_EQ(user(), "2:2");  // in place of the third alone
  put(root_ / "mine.json", "NDo0");
  EXPECT_EQ(user(), "4:4");
}

TEST_F(CredentialsOfTheEnvironment, OtherDirectories) {
  const Variable docker("DOCKER_CONFIG", (root_ / "docker").native());
  put(root_ / "docker/config.json", "MTox");
  put(root_ / "home/.docker/config.json", "OTo5");
  EXPECT_EQ(user(), "1:1");
  const Variable config("XDG_CONFIG_HOME", (root_ / "config").native());
  put(root_ / "config/containers/auth.json", "Mjoy");
  put(root_ / "home/.config/containers/auth.json", "OTo5");
  EXPECT_EQ(user(), "2:2");
}

TEST_F(CredentialsOfTheEnvironment, NewLoginIsInDockersFile) {
  auto store = CredentialStore::from_environment({});
  EXPECT_EQ(*store.store("h", "", login("u", "p")), (root_ / "home/.docker/config.json").native());
  EXPECT_EQ(*store.store("h", "team", login("t", "p")),
            (root_ / "home/.config/containers/auth.json").native());
  EXPECT_EQ(user(), "u:p");
  EXPECT_EQ(find(store, "h", "team/x"), "t:p");
  const Variable file("REGISTRY_AUTH_FILE", (root_ / "mine.json").native());
  EXPECT_EQ(*CredentialStore::from_environment({}).store("docker.io", "", login("u", "p")),
            (root_ / "mine.json").native());
  EXPECT_THAT(*base::read_file(root_ / "mine.json"), HasSubstr("\"docker.io\""));
}

TEST_F(CredentialsOfTheEnvironment, OnlyTheFileThatIsNamedIsChanged) {
  put(root_ / "home/.docker/config.json", "MTox");
  const Variable file("REGISTRY_AUTH_FILE", (root_ / "mine.json").native());
  auto store = CredentialStore::from_environment({});
  EXPECT_THAT(*store.erase("h", ""), IsEmpty());
  EXPECT_EQ(*store.store("h", "", login("u", "p")), (root_ / "mine.json").native());
  EXPECT_EQ(user(), "u:p");
  EXPECT_THAT(*store.erase("h", ""), ElementsAre((root_ / "mine.json").native()));
  EXPECT_EQ(user(), "1:1");
}

}  // namespace

}  // namespace gantry::registry

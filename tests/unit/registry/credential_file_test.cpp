#include "registry/credential_file.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "credential_fixture.hpp"

namespace gantry::registry {

namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Style = CredentialFile::Style;

std::string user_of(const CredentialHome& home, const std::string& text, const char* host,
                    const char* repository = "") {
  const auto document = CredentialDocument::read(home.containers(text));
  if (!document || !*document) {
    return "?";
  }
  const auto found = (*document)->find(CredentialKey::of(host, repository));
  return !found ? found.error().what : *found ? (*found)->username : "";
}

TEST(CredentialFile, KeysInEveryForm) {
  for (const char* text :
       {"registry.example", "https://registry.example", "http://registry.example/",
        "https://registry.example/v1/", "https://registry.example/v2/", "registry.example/",
        "registry.example/v1/", "Registry.Example"}) {
    EXPECT_EQ(CredentialKey::parse(text), (CredentialKey{"registry.example", ""})) << text;
  }
  EXPECT_EQ(CredentialKey::parse("h:5000/a/b"), (CredentialKey{"h:5000", "a/b"}));
  EXPECT_EQ(CredentialKey::parse("[::1]:5000"), (CredentialKey{"[::1]:5000", ""}));
  for (const char* text : {"https://index.docker.io/v1/", "docker.io", "index.docker.io",
                           "registry-1.docker.io", "https://docker.io"}) {
    EXPECT_EQ(CredentialKey::parse(text), (CredentialKey{"docker.io", ""})) << text;
  }
  EXPECT_EQ(CredentialKey::parse("docker.io/library"), (CredentialKey{"docker.io", "library"}));
}

TEST(CredentialFile, KeysAreWrittenInTheStyleOfTheFile) {
  const auto hub = CredentialKey::of("registry-1.docker.io", "");
  EXPECT_EQ(written(hub, Style::kDocker), "https://index.docker.io/v1/");
  EXPECT_EQ(written(hub, Style::kContainers), "docker.io");
  EXPECT_EQ(written(CredentialKey::of("ghcr.io", "a/b"), Style::kContainers), "ghcr.io/a/b");
  EXPECT_EQ(written(CredentialKey::of("h:5000", ""), Style::kDocker), "h:5000");
}

// The example of containers-auth.json(5).
TEST(CredentialFile, LongestRepositoryCounts) {
  const CredentialHome home;
  const std::string text = R"({"auths": {
    "my-registry.local/foo/bar/image": {"auth": "aW1hZ2U6MQ=="},
    "my-registry.local/foo": {"auth": "Zm9vOjE="},
    "my-registry.local": {"auth": "cmVnaXN0cnk6MQ=="}}})";
  EXPECT_EQ(user_of(home, text, "my-registry.local", "foo/bar/image"), "image");
  EXPECT_EQ(user_of(home, text, "my-registry.local", "foo/bar/image/more"), "image");
  EXPECT_EQ(user_of(home, text, "my-registry.local", "foo/bar/images"), "foo");
  EXPECT_EQ(user_of(home, text, "my-registry.local", "foo"), "foo");
  EXPECT_EQ(user_of(home, text, "my-registry.local", "food"), "registry");
  EXPECT_EQ(user_of(home, text, "my-registry.local"), "registry");
  EXPECT_EQ(user_of(home, text, "my-registry.local:5000", "foo"), "");
  EXPECT_EQ(user_of(home, text, "other.local", "foo"), "");
}

TEST(CredentialFile, PlainKeyCountsBeforeUrlsAndEmptyEntriesNotAtAll) {
  const CredentialHome home;
  EXPECT_EQ(user_of(home, R"({"auths": {"http://h": {"auth": "aHR0cDox"},
                              "https://h/v1/": {"auth": "dXJsOjE="},
                              "h": {"auth": "cGxhaW46MQ=="}}})",
                    "h"),
            "plain");
  EXPECT_EQ(user_of(home, R"({"auths": {"https://h": {"auth": "dXJsOjE="}, "h": {}}})", "h"),
            "url");
}

TEST(CredentialFile, EveryFieldOfAnEntry) {
  const CredentialHome home;
  const auto document = CredentialDocument::read(home.docker(R"({"auths": {
      "colon": {"auth": "dXNlcjpwYTpzczp3b3Jk"},
      "padded": {"auth": "dXNlcjpwYXNzAAA="},
      "plain": {"username": "u", "password": "p"},
      "azure": {"auth": "MDAwMDAwMDAtMDAwMDo=", "identitytoken": "idt"},
      "token": {"auth": "PHRva2VuPjpzZWNyZXQ="},
      "bearer": {"registrytoken": "rt"}}})"));
  ASSERT_TRUE(document && *document);
  const auto find = [&](const char* host) {
    return **(*document)->find(CredentialKey::of(host, "a"));
  };
  EXPECT_EQ(find("colon").username, "user");
  EXPECT_EQ(find("colon").password, "pa:ss:word");
  EXPECT_EQ(find("colon").source, (home.path() / "config.json").native());
  EXPECT_EQ(find("padded").password, "pass");
  EXPECT_EQ(find("plain").password, "p");
  EXPECT_EQ(find("azure").username, "00000000-0000");
  EXPECT_EQ(find("azure").password, "");
  EXPECT_EQ(find("azure").identity_token, "idt");
  EXPECT_EQ(find("token").identity_token, "secret");
  EXPECT_EQ(find("token").username, "");
  EXPECT_EQ(find("bearer").registry_token, "rt");
}

TEST(CredentialFile, MissingOrEmptyIsNone) {
  const CredentialHome home;
  for (const auto& file :
       {CredentialFile{home.path() / "absent.json"},
        CredentialFile{home.path() / "no" / "such" / "directory"}, home.docker("  \n")}) {
    const auto document = CredentialDocument::read(file);
    ASSERT_TRUE(document) << document.error().what;
    EXPECT_FALSE(document->has_value());
  }
}

TEST(CredentialFile, DamageIsAnErrorThatNamesTheFileAndNoSecret) {
  const CredentialHome home;
  for (const char* text :
       {R"({"auths": {"h": {"auth": "dXNlcjpwYXNz" "c2VjcmV0"}}})",
        R"({"auths": {"h": {"auth": "dXNlc)", R"({"auths": {"h": {"auth": dXNlcjpwYXNz}}})",
        R"({"auths": "dXNlcjpwYXNz"})", R"(["dXNlcjpwYXNz"])", R"({"credHelpers": {"h": 3}})",
        R"({"credsStore": ["dXNlcjpwYXNz"]})"}) {
    const auto document = CredentialDocument::read(home.docker(text));
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().where, (home.path() / "config.json").native());
    EXPECT_THAT(document.error().what, Not(HasSubstr("dXNlc"))) << text;
    EXPECT_THAT(document.error().what, Not(HasSubstr("c2Vj"))) << text;
  }
  const auto broken = CredentialDocument::read(home.docker(R"({"auths": )"));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().what,
            "not JSON: parse error at line 1, column 11: syntax error while parsing value - "
            "unexpected end of input; expected '[', '{', or a literal");
}

TEST(CredentialFile, DamagedEntryMattersToItsHostOnly) {
  const CredentialHome home;
  const std::string text =
      R"({"auths": {"bad": {"auth": "bm8gY29sb24="}, "worse": {"auth": 3}, "good": {"auth": "dTpw"}}})";
  EXPECT_EQ(user_of(home, text, "good"), "u");
  EXPECT_EQ(user_of(home, text, "bad"),
            "/auths/bad: 'auth' is not the Base64 form of USER:PASSWORD");
  EXPECT_EQ(user_of(home, text, "worse"), "/auths/worse/auth: expected a string, found a number");
}

TEST(CredentialFile, HelperOfAHost) {
  const CredentialHome home;
  const auto document = CredentialDocument::read(home.docker(
      R"({"credsStore": "desktop", "credHelpers": {"ghcr.io": "gh", "https://index.docker.io/v1/": "hub",
          "plain.io": ""}})"));
  ASSERT_TRUE(document && *document);
  const auto helper = [&](const char* host) {
    return (*document)->helper_for(CredentialKey::of(host, "x"));
  };
  EXPECT_EQ(helper("ghcr.io"), "gh");
  EXPECT_EQ(helper("registry-1.docker.io"), "hub");
  EXPECT_EQ(helper("other.io"), "desktop");
  EXPECT_EQ(helper("plain.io"), std::nullopt);
}

TEST(CredentialFile, ChangesKeepAllElseInItsOrder) {
  const CredentialHome home;
  const auto file = home.docker(
      R"({"z": {"y": [1, 2.50, "ü"]}, "auths": {"b": {"auth": "dTpw"},
          "https://h/v1/": {"auth": "b2xkOm9sZA==", "email": "me", "identitytoken": "old"},
          "http://h": {"auth": "b2xkOm9sZA=="}}, "credsStore": "", "a": null})");
  chmod(file.path.c_str(), 0644);
  const auto key = CredentialKey::of("h", "");
  ASSERT_TRUE(set_in_file(file, key, {"new", "pa:ss", "", "", ""}));
  EXPECT_EQ(*base::read_file(file.path), R"({
	"z": {
		"y": [
			1,
			2.5,
			"ü"
		]
	},
	"auths": {
		"b": {
			"auth": "dTpw"
		},
		"https://h/v1/": {
			"auth": "bmV3OnBhOnNz",
			"email": "me"
		}
	},
	"credsStore": "",
	"a": null
}
)");
  struct stat status {};
  ASSERT_EQ(stat(file.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_TRUE(*remove_from_file(file, key));
  EXPECT_FALSE(*remove_from_file(file, key));
  EXPECT_THAT(*base::read_file(file.path), Not(HasSubstr("https://h")));
  EXPECT_THAT(*base::read_file(file.path), HasSubstr("dTpw"));
}

TEST(CredentialFile, NewFileIsForItsOwnerOnly) {
  const CredentialHome home;
  const CredentialFile file = {home.path() / "new" / ".docker" / "config.json", Style::kDocker};
  ASSERT_TRUE(set_in_file(file, CredentialKey::of("docker.io", ""), {"u", "p", "", "", ""}));
  EXPECT_EQ(*base::read_file(file.path),
            "{\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": {\n\t\t\t\"auth\": "
            "\"dTpw\"\n\t\t}\n\t}\n}\n");
  struct stat status {};
  ASSERT_EQ(stat(file.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(stat(file.path.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  // Nothing but the file is left behind.
  EXPECT_EQ(std::distance(fs::directory_iterator(file.path.parent_path()), {}), 1);
}

TEST(CredentialFile, SymbolicLinkStaysOne) {
  const CredentialHome home;
  fs::create_directory(home.path() / "dotfiles");
  fs::create_symlink("dotfiles/real.json", home.path() / "config.json");
  ASSERT_TRUE(set_in_file(home.docker(), CredentialKey::of("h", ""), {"u", "p", "", "", ""}));
  EXPECT_TRUE(fs::is_symlink(home.path() / "config.json"));
  EXPECT_THAT(*base::read_file(home.path() / "dotfiles" / "real.json"), HasSubstr("dTpw"));
}

TEST(CredentialFile, DamagedFileIsNotOverwritten) {
  const CredentialHome home;
  const auto file = home.docker(R"({"auths": [)");
  const auto set = set_in_file(file, CredentialKey::of("h", ""), {"u", "p", "", "", ""});
  ASSERT_FALSE(set);
  EXPECT_THAT(set.error().what, HasSubstr("not JSON"));
  EXPECT_EQ(*base::read_file(file.path), R"({"auths": [)");
}

}  // namespace

}  // namespace gantry::registry

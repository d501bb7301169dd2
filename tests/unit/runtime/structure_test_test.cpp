#include "runtime/structure_test.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_image.hpp"

namespace gantry::runtime {
namespace {

using oci::testing::TarBuilder;
using testing::ElementsAre;

oci::Config config() {
  oci::Config config;
  config.env = {"LANG=C.UTF-8"};
  config.working_dir = "/srv";
  config.user = "app";
  config.exposed_ports = {"80/tcp"};
  config.labels = {{"org.example/x", "1"}};
  return config;
}

TarBuilder layer() {
  return TarBuilder()
      .file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:100::/srv:/bin/sh\n")
      .file("etc/group", "root:x:0:\nstaff:x:100:\n")
      .header({.name = "srv", .type = '5', .mode = 01770, .uid = 1000, .gid = 100})
      .file("usr/bin/app", "x", 04755)
      .symlink("usr/bin/alias", "app");
}

/// "ok name" or "name: expected / actual".
std::vector<std::string> lines(const base::Result<std::vector<CheckResult>>& results) {
  if (!results) {
    return {"error: " + results.error().what};
  }
  std::vector<std::string> text;
  for (const auto& result : *results) {
    text.push_back(result.passed
                       ? "ok " + result.name
                       : fmt::format("{}: {} / {}", result.name, result.expected, result.actual));
  }
  return text;
}

std::string check_file(std::string_view text) {
  const MadeImage made(config(), {layer()});
  const auto check = parse_file_check(text);
  if (!check) {
    return "error: " + check.error().what;
  }
  StructureTest test;
  test.files = {*check};
  return lines(check_structure(made.image, test)).front();
}

std::string check_config(std::string_view text) {
  const MadeImage made(config(), {layer()});
  const auto check = parse_config_check(text);
  if (!check) {
    return "error: " + check.error().what;
  }
  StructureTest test;
  test.configs = {*check};
  return lines(check_structure(made.image, test)).front();
}

std::string check_user(const std::string& user, const std::string& configured = "app") {
  auto changed = config();
  changed.user = configured;
  const MadeImage made(changed, {layer()});
  StructureTest test;
  test.user = user;
  return lines(check_structure(made.image, test)).front();
}

TEST(StructureTest, FilesThatAreThere) {
  EXPECT_EQ(check_file("/usr/bin/app"), "ok file /usr/bin/app");
  EXPECT_EQ(check_file("usr/bin/app:4755"), "ok file usr/bin/app");
  EXPECT_EQ(check_file("/usr/bin/app:04755:root"), "ok file /usr/bin/app");
  EXPECT_EQ(check_file("/usr/bin/alias:4755:0:0"), "ok file /usr/bin/alias");
  EXPECT_EQ(check_file("/srv:1770:app:staff"), "ok file /srv");
  EXPECT_EQ(check_file("/srv::1000:100"), "ok file /srv");
  EXPECT_EQ(check_file("/srv::app"), "ok file /srv");
}

TEST(StructureTest, FilesThatDiffer) {
  EXPECT_EQ(check_file("/usr/bin/ap"),
            "file /usr/bin/ap: present / missing: /usr/bin has no 'ap' (but 'app')");
  EXPECT_EQ(check_file("/usr/bin/app:0755"), "file /usr/bin/app: mode 0755 / mode 4755");
  EXPECT_EQ(check_file("/srv:1770:root"),
            "file /srv: mode 1770, owner root / mode 1770, owner 1000:100");
  EXPECT_EQ(check_file("/srv::app:root"), "file /srv: owner app:root / owner 1000:100");
  EXPECT_EQ(check_file("/srv::nobody"),
            "file /srv: owner nobody / the image has no user 'nobody' in /etc/passwd");
}

TEST(StructureTest, RootNeedsNoPasswd) {
  const MadeImage made({}, {TarBuilder().file("app", "x", 0755)});
  StructureTest test;
  test.files = {*parse_file_check("/app:0755:root:root"), *parse_file_check("/app::0")};
  test.user = "root";
  EXPECT_THAT(lines(check_structure(made.image, test)),
              ElementsAre("ok file /app", "ok file /app", "ok user"));
}

TEST(StructureTest, FileChecksThatAreNone) {
  for (const auto* const text : {"", "/", ":0644"}) {
    const auto check = parse_file_check(text);
    ASSERT_FALSE(check);
    EXPECT_EQ(check.error().what, fmt::format("'{}' is no file check", text));
    EXPECT_EQ(check.error().hint, "write path[:mode[:owner]]: /usr/bin/app:0755:root");
  }
  for (const auto* const mode : {"0999", "rwx", "17777", "-1"}) {
    const auto check = parse_file_check(fmt::format("/app:{}", mode));
    ASSERT_FALSE(check);
    EXPECT_EQ(check.error().what, fmt::format("'{}' is no octal mode", mode));
  }
}

TEST(StructureTest, Users) {
  EXPECT_EQ(check_user("app"), "ok user");
  EXPECT_EQ(check_user("1000"), "ok user");
  EXPECT_EQ(check_user("1000:100"), "ok user");
  EXPECT_EQ(check_user("app:root"), "user: app:root / app");
  EXPECT_EQ(check_user("root", ""), "ok user");
  EXPECT_EQ(check_user("app", ""), "user: app / root (the config names no user)");
  EXPECT_EQ(check_user("4711:0", "4711"), "ok user");
}

TEST(StructureTest, Configs) {
  EXPECT_EQ(check_config("/config/Env/0=LANG=C.UTF-8"), "ok config /config/Env/0");
  EXPECT_EQ(check_config("/config/WorkingDir=/srv"), "ok config /config/WorkingDir");
  EXPECT_EQ(check_config("/config/Labels/org.example~1x=1"),
            "ok config /config/Labels/org.example~1x");
  EXPECT_EQ(check_config("/config/Env=[ \"LANG=C.UTF-8\" ]"), "ok config /config/Env");
  EXPECT_EQ(check_config("/config/ExposedPorts={\"80/tcp\": {}}"),
            "ok config /config/ExposedPorts");
  EXPECT_EQ(check_config("/os=linux"), "ok config /os");
}

TEST(StructureTest, ConfigsThatDiffer) {
  EXPECT_EQ(check_config("/config/WorkingDir=/tmp"), "config /config/WorkingDir: /tmp / /srv");
  EXPECT_EQ(check_config("/config/Env/1=A=1"), "config /config/Env/1: A=1 / absent");
  EXPECT_EQ(check_config("/config/Env/x=A=1"), "config /config/Env/x: A=1 / absent");
  EXPECT_EQ(check_config("/config/Env=LANG=C.UTF-8"),
            "config /config/Env: LANG=C.UTF-8 / [\"LANG=C.UTF-8\"]");
}

TEST(StructureTest, ConfigChecksThatAreNone) {
  EXPECT_EQ(check_config("/config/WorkingDir"), "error: '/config/WorkingDir' is no config check");
  EXPECT_EQ(check_config("os=linux"), "error: 'os=linux' is no config check");
  EXPECT_THAT(check_config("/config/~2=x"),
              testing::StartsWith("error: cannot look for '/config/~2' in the config: "));
}

TEST(StructureTest, EveryCheckIsMade) {
  const MadeImage made(config(), {layer()});
  StructureTest test;
  test.files = {*parse_file_check("/gone"), *parse_file_check("/srv")};
  test.user = "root";
  test.configs = {*parse_config_check("/os=plan9"), *parse_config_check("/os=linux")};
  EXPECT_THAT(lines(check_structure(made.image, test)),
              ElementsAre("file /gone: present / missing: / has no 'gone'", "ok file /srv",
                          "user: root / app", "config /os: plan9 / linux", "ok config /os"));
}

TEST(StructureTest, ACorruptLayerIsAnError) {
  MadeImage made(config(), {layer()});
  made.image.manifest.layers[0].digest = content::sha256("something else");
  StructureTest test;
  test.files = {*parse_file_check("/srv")};
  EXPECT_FALSE(check_structure(made.image, test));
}

Outcome said(std::string out, int exit_code = 0) {
  Outcome outcome;
  outcome.out = std::move(out);
  outcome.exit_code = exit_code;
  return outcome;
}

TEST(OutcomeTest, ExitCodesAndOutput) {
  EXPECT_THAT(
      lines(check_outcome(said("app 1.2\nbye\n"), {.exit_code = 0, .output = "^app 1\\.\\d$"})),
      ElementsAre("ok exit code", "ok standard output"));
  EXPECT_THAT(lines(check_outcome(said("", 3), {.exit_code = 3, .output = {}})),
              ElementsAre("ok exit code"));
  EXPECT_THAT(lines(check_outcome(said("hello\n", 1), {.exit_code = 0, .output = "bye"})),
              ElementsAre("exit code: 0 / 1", "standard output: /bye/ / hello"));
  EXPECT_THAT(lines(check_outcome(said(""), {.exit_code = 0, .output = "x"})),
              ElementsAre("ok exit code", "standard output: /x/ / nothing"));
}

TEST(OutcomeTest, StandardErrorExplainsAnExitCode) {
  auto outcome = said("", 127);
  outcome.err = "no such file\n";
  EXPECT_THAT(lines(check_outcome(outcome, {})),
              ElementsAre("exit code: 0 / 127, saying: no such file"));
  outcome.timed_out = true;
  EXPECT_THAT(lines(check_outcome(outcome, {.exit_code = 127, .output = {}})),
              ElementsAre("exit code: 127 / killed, as it took too long, saying: no such file"));
}

TEST(OutcomeTest, LongOutputsAreSearched) {
  const std::string megabyte(1 << 20, 'x');
  EXPECT_THAT(lines(check_outcome(said(megabyte + "y"), {.exit_code = 0, .output = "x*y"})),
              ElementsAre("ok exit code", "ok standard output"));
}

TEST(OutcomeTest, WhatIsNoExpression) {
  EXPECT_TRUE(check_expression(""));
  EXPECT_TRUE(check_expression("a|b[0-9]+"));
  const auto bad = check_expression("a(b");
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().what, testing::StartsWith("'a(b' is no regular expression: "));
  EXPECT_FALSE(check_expression("(a)\\1"));
}

}  // namespace
}  // namespace gantry::runtime

#include "runtime/invocation.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::runtime {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

oci::Config config() {
  oci::Config config;
  config.entrypoint = {"/bin/app", "--serve"};
  config.cmd = {"now"};
  config.env = {"PATH=/opt/bin", "LANG=C"};
  config.working_dir = "/srv";
  config.user = "app";
  return config;
}

constexpr std::string_view kPasswd = "app:x:1000:1000::/home/app:/bin/sh\n";

Program program(const Invocation& invocation) {
  const auto made = make_program(config(), invocation, kPasswd, "", "my app");
  EXPECT_TRUE(made);
  return made ? *made : Program();
}

TEST(Invocation, ImageAsItIs) {
  const auto made = program({});
  EXPECT_THAT(made.arguments, ElementsAre("/bin/app", "--serve", "now"));
  EXPECT_THAT(made.environment,
              ElementsAre("PATH=/opt/bin", "HOSTNAME=my-app", "HOME=/home/app", "LANG=C"));
  EXPECT_EQ(made.directory, "/srv");
  EXPECT_EQ(made.account.uid, 1000U);
  EXPECT_EQ(made.hostname, "my-app");
}

TEST(Invocation, ArgumentsReplaceTheCommandOnly) {
  Invocation invocation;
  invocation.arguments = {"later", "[x]"};
  EXPECT_THAT(program(invocation).arguments, ElementsAre("/bin/app", "--serve", "later", "[x]"));
}

TEST(Invocation, AnEntrypointTakesTheCommandAway) {
  Invocation invocation;
  invocation.entrypoint = "/bin/sh";
  EXPECT_THAT(program(invocation).arguments, ElementsAre("/bin/sh"));
  invocation.arguments = {"-c", "true"};
  EXPECT_THAT(program(invocation).arguments, ElementsAre("/bin/sh", "-c", "true"));
}

TEST(Invocation, AnEmptyEntrypointLeavesTheArguments) {
  Invocation invocation;
  invocation.entrypoint = "";
  invocation.arguments = {"/bin/true"};
  EXPECT_THAT(program(invocation).arguments, ElementsAre("/bin/true"));
}

TEST(Invocation, NoProgramIsAnError) {
  Invocation invocation;
  invocation.entrypoint = "";
  const auto made = make_program(config(), invocation, kPasswd, "", "app");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "the image names no program to run (no entrypoint, no cmd)");
  EXPECT_EQ(made.error().hint, "give one after --");
}

TEST(Invocation, VariablesReplaceAddCopyAndRemove) {
  setenv("GANTRY_TEST_HERE", "here", 1);
  unsetenv("GANTRY_TEST_NOWHERE");
  Invocation invocation;
  invocation.environment = {"LANG=de_DE.UTF-8", "NEW=a=b", "GANTRY_TEST_HERE",
                            "GANTRY_TEST_NOWHERE", "EMPTY="};
  const auto made = program(invocation);
  EXPECT_THAT(made.environment,
              ElementsAre("PATH=/opt/bin", "HOSTNAME=my-app", "HOME=/home/app", "LANG=de_DE.UTF-8",
                          "NEW=a=b", "GANTRY_TEST_HERE=here", "EMPTY="));
  auto base = config();
  base.env.emplace_back("GANTRY_TEST_NOWHERE=base");
  const auto removed = make_program(base, invocation, kPasswd, "", "app");
  ASSERT_TRUE(removed);
  EXPECT_THAT(removed->environment, Not(Contains("GANTRY_TEST_NOWHERE=base")));
}

TEST(Invocation, UserAndDirectoryReplace) {
  Invocation invocation;
  invocation.user = "7:8";
  invocation.directory = "tmp";
  const auto made = program(invocation);
  EXPECT_EQ(made.account.uid, 7U);
  EXPECT_EQ(made.account.gid, 8U);
  EXPECT_EQ(made.directory, "/tmp");
}

TEST(Invocation, HostNamesAreWellFormed) {
  const auto host = [](std::string_view name) {
    return make_program(config(), {}, kPasswd, "", name)->hostname;
  };
  EXPECT_EQ(host("registry.example/app_one"), "registry-example-app-one");
  EXPECT_EQ(host("--"), "gantry");
  EXPECT_EQ(host(std::string(100, 'x')), std::string(63, 'x'));
}

}  // namespace
}  // namespace gantry::runtime

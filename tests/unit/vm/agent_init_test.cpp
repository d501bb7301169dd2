#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vm/agent/init_account.hpp"
#include "vm/agent/init_settings.hpp"

namespace gantry::vm::init {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "# a comment: of no account\n"
    "short:x\n"
    "web:x:33:34:web:/var/www:/bin/false\n"
    "7:x:1007:1007::/seven:/bin/sh\n";
constexpr const char* kGroup = "root:x:0:\nweb:x:34:\nlog:x:50:other,web\nadm:x:51:web\n";

TEST(InitAccount, OfAName) {
  const auto account = find_account("web", kPasswd, kGroup);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->uid, 33U);
  EXPECT_EQ(account->gid, 34U);
  EXPECT_THAT(account->groups, ElementsAre(50U, 51U));
  EXPECT_EQ(account->home, "/var/www");
}

TEST(InitAccount, OfANumberWithAndWithoutALine) {
  EXPECT_EQ(find_account("33", kPasswd, kGroup)->gid, 34U);
  const auto unknown = find_account("4711", kPasswd, kGroup);
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->uid, 4711U);
  EXPECT_EQ(unknown->gid, 0U);
  EXPECT_EQ(unknown->home, "/");
  EXPECT_EQ(find_account("7", kPasswd, kGroup)->uid, 1007U) << "a name comes before a number";
}

TEST(InitAccount, OfAGroupOfItsOwn) {
  const auto account = find_account("web:log", kPasswd, kGroup);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->gid, 50U);
  EXPECT_THAT(account->groups, IsEmpty());
  EXPECT_EQ(find_account("web:99", kPasswd, kGroup)->gid, 99U);
}

TEST(InitAccount, OfNothingIsRoot) {
  for (const auto* const user : {"", "root", "0", ":0"}) {
    const auto account = find_account(user, kPasswd, kGroup);
    ASSERT_TRUE(account) << user;
    EXPECT_EQ(account->uid, 0U) << user;
  }
  EXPECT_EQ(find_account("", "", "")->uid, 0U);
}

TEST(InitAccount, OfNobodyIsNone) {
  EXPECT_FALSE(find_account("nobody", kPasswd, kGroup));
  EXPECT_FALSE(find_account("short", kPasswd, kGroup));
  EXPECT_FALSE(find_account("web:none", kPasswd, kGroup));
  EXPECT_FALSE(find_account("4294967296", kPasswd, kGroup));
  EXPECT_FALSE(find_account("-1", kPasswd, kGroup));
}

TEST(InitSettings, AreReadAsTheyWereWritten) {
  Settings settings;
  settings.modules = {"/modules/a.ko", "/modules/b.ko"};
  settings.root = "/dev/vda";
  settings.hostname = "box";
  settings.agent = true;
  settings.command = {"/bin/sh", "-c", "echo a=b\nexit"};
  settings.variables = {"A=1", "B=x=y"};
  settings.directory = "/srv";
  settings.user = "web:log";
  settings.stop_signal = 3;
  const auto read = parse_settings(write_settings(settings));
  ASSERT_TRUE(read);
  EXPECT_EQ(write_settings(*read), write_settings(settings));
  EXPECT_EQ(read->modules, settings.modules);
  EXPECT_EQ(read->command, settings.command);
  EXPECT_EQ(read->variables, settings.variables);
  EXPECT_EQ(read->user, "web:log");
  EXPECT_TRUE(read->agent);
  EXPECT_EQ(read->stop_signal, 3);
}

TEST(InitSettings, ThatMakeNoSenseAreRefused) {
  const auto parse = [](std::string text) {
    text.push_back('\0');
    return parse_settings(text).has_value();
  };
  EXPECT_TRUE(parse("root=/dev/vda"));
  EXPECT_FALSE(parse("root"));
  EXPECT_FALSE(parse("unknown=1"));
  EXPECT_FALSE(parse("stop-signal=0"));
  EXPECT_FALSE(parse("stop-signal=9x"));
  EXPECT_FALSE(parse_settings("root=/dev/vda"));
}

}  // namespace

}  // namespace gantry::vm::init

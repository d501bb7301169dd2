#include "runtime/account.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::runtime {
namespace {

using testing::ElementsAre;

// From Debian 12's base-passwd, and what adduser adds.
constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
    "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n"
    "app:x:1000:1000:,,,:/home/app:/bin/bash\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
constexpr std::string_view kGroup =
    "root:x:0:\n"
    "adm:x:4:app,daemon\n"
    "tty:x:5:\n"
    "video:x:44:app\n"
    "app:x:1000:\n";

TEST(Account, EmptyIsRoot) {
  const auto account = find_account("", kPasswd, kGroup);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->uid, 0U);
  EXPECT_EQ(account->home, "/root");
  const auto bare = find_account("", "", "");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->uid, 0U);
  EXPECT_EQ(bare->home, "/");
}

TEST(Account, NameBringsItsGroups) {
  const auto account = find_account("app", kPasswd, kGroup);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->uid, 1000U);
  EXPECT_EQ(account->gid, 1000U);
  EXPECT_EQ(account->home, "/home/app");
  EXPECT_THAT(account->groups, ElementsAre(4, 44, 1000));
}

TEST(Account, KnownNumberIsLikeItsName) {
  const auto account = find_account("1000", kPasswd, kGroup);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->gid, 1000U);
  EXPECT_THAT(account->groups, ElementsAre(4, 44, 1000));
}

TEST(Account, UnknownNumberHasGroupRoot) {
  const auto account = find_account("4711", kPasswd, kGroup);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->uid, 4711U);
  EXPECT_EQ(account->gid, 0U);
  EXPECT_THAT(account->groups, ElementsAre(0));
  EXPECT_EQ(account->home, "/");
}

TEST(Account, NamedGroupReplacesTheOthers) {
  for (const auto* const user : {"app:tty", "1000:5", "app:5"}) {
    const auto account = find_account(user, kPasswd, kGroup);
    ASSERT_TRUE(account) << user;
    EXPECT_EQ(account->uid, 1000U);
    EXPECT_EQ(account->gid, 5U);
    EXPECT_THAT(account->groups, ElementsAre(5));
  }
}

TEST(Account, UnknownNamesAreErrorsThatNameTheNearest) {
  const auto user = find_account("nobodi", kPasswd, kGroup);
  ASSERT_FALSE(user);
  EXPECT_EQ(user.error().what, "the image has no user 'nobodi' in /etc/passwd");
  EXPECT_EQ(user.error().hint, "did you mean 'nobody'?");
  const auto group = find_account("app:vide", kPasswd, kGroup);
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().what, "the image has no group 'vide' in /etc/group");
  EXPECT_EQ(group.error().hint, "did you mean 'video'?");
}

TEST(Account, MalformedAndHostileLinesArePassedOver) {
  constexpr std::string_view kBad =
      "app\n"
      "app:x\n"
      ":x:0:0::/:/bin/sh\n"
      "app:x:-1:0::/:/bin/sh\n"
      "app:x:4294967295:0::/:/bin/sh\n"
      "app:x:99999999999999999999:0::/:/bin/sh\n"
      "#app:x:7:7::/:/bin/sh\n"
      "app:x:8:8::/home/app:/bin/sh\n";
  const auto account = find_account("app", kBad, "app:x:not a number:app\nwheel:x:10:app");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->uid, 8U);
  EXPECT_THAT(account->groups, ElementsAre(8, 10));
  EXPECT_FALSE(find_account("4294967295", "", ""));
}

}  // namespace
}  // namespace gantry::runtime

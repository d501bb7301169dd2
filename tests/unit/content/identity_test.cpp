#include "content/identity.hpp"

#include <gtest/gtest.h>

namespace gantry::content {
namespace {

TEST(Identity, OfContentIsTheDigest) {
  const Identity identity = sha256("");
  EXPECT_EQ(identity.kind(), Identity::Kind::kContent);
  // sha256sum's word.
  EXPECT_EQ(identity.text(),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Identity, OfStatusDependsOnEachOfItsNumbers) {
  struct stat status {};
  const auto before = Identity::of_status(status);
  EXPECT_EQ(before.kind(), Identity::Kind::kStat);
  const auto changed = [&](auto change) {
    auto other = status;
    change(other);
    return Identity::of_status(other) != before;
  };
  EXPECT_TRUE(changed([](auto& other) { other.st_dev = 1; }));
  EXPECT_TRUE(changed([](auto& other) { other.st_ino = 1; }));
  EXPECT_TRUE(changed([](auto& other) { other.st_mtim.tv_nsec = 1; }));
  EXPECT_TRUE(changed([](auto& other) { other.st_ctim.tv_sec = 1; }));
  EXPECT_FALSE(changed([](auto& other) { other.st_atim.tv_sec = 1; }));
}

TEST(Identity, IsReadBackFromItsText) {
  struct stat status {};
  status.st_ino = 0x0123456789abcdef;
  for (const Identity& identity :
       {Identity(), Identity(sha256("x")), Identity::of_status(status)}) {
    EXPECT_EQ(Identity::parse(identity.text()), identity) << identity.text();
  }
}

TEST(Identity, NoOtherTextIsOne) {
  const auto hex = sha256("x").hex();
  for (const auto& text :
       {"-", hex.c_str(), "sha256:", "sha256:00", "stat:1:2", "stat:", "md5:00"}) {
    EXPECT_FALSE(Identity::parse(text)) << text;
  }
  EXPECT_FALSE(Identity::parse("stat:sha256:" + hex));
  EXPECT_FALSE(Identity::parse("sha256:" + hex + "0"));
}

}  // namespace
}  // namespace gantry::content

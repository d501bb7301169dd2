#include "base/user_cache_place.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/file.hpp"

namespace gantry::base {
namespace {

namespace fs = std::filesystem;

/// An environment of its own.
class UserCachePlaceTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : kNames) {
      const char* const value = std::getenv(name);
      old_.push_back(value == nullptr ? std::nullopt : std::optional<std::string>(value));
      unsetenv(name);
    }
  }
  void TearDown() override {
    for (std::size_t at = 0; at < old_.size(); ++at) {
      old_[at] ? setenv(kNames[at], old_[at]->c_str(), 1) : unsetenv(kNames[at]);
    }
  }

  static constexpr const char* kNames[] = {"GANTRY_CACHE_DIR", "GANTRY_CACHE_SIZE", "HOME",
                                           "XDG_CACHE_HOME"};
  std::vector<std::optional<std::string>> old_;
  TempDir directory_ = *TempDir::create();
};

TEST_F(UserCachePlaceTest, IsNowhereWithoutAHome) {
  EXPECT_FALSE(user_cache_root()->has_value());
  EXPECT_FALSE(user_cache_place()->has_value());
}

TEST_F(UserCachePlaceTest, IsWhereTheNearestVariableSays) {
  setenv("HOME", "/home/me", 1);
  EXPECT_EQ(**user_cache_root(), "/home/me/.cache/gantry");
  setenv("XDG_CACHE_HOME", "relative", 1);
  EXPECT_EQ(**user_cache_root(), "/home/me/.cache/gantry");
  setenv("XDG_CACHE_HOME", "/var/cache/me", 1);
  EXPECT_EQ(**user_cache_root(), "/var/cache/me/gantry");
  setenv("GANTRY_CACHE_DIR", "/fast", 1);
  EXPECT_EQ(**user_cache_root(), "/fast");
  setenv("GANTRY_CACHE_DIR", "", 1);
  EXPECT_FALSE(user_cache_root()->has_value());
  setenv("GANTRY_CACHE_DIR", "fast", 1);
  EXPECT_EQ(user_cache_root().error().what, "'fast' is not an absolute path");
}

TEST_F(UserCachePlaceTest, IsBounded) {
  setenv("GANTRY_CACHE_DIR", "/fast", 1);
  EXPECT_EQ((*user_cache_place())->limit, std::uint64_t{10} << 30);
  setenv("GANTRY_CACHE_SIZE", "512M", 1);
  EXPECT_EQ((*user_cache_place())->limit, std::uint64_t{512} << 20);
  setenv("GANTRY_CACHE_SIZE", "lots", 1);
  EXPECT_EQ(user_cache_place().error().what, "'lots' is not a size");
}

TEST_F(UserCachePlaceTest, IsForItsUserAndNotForBackups) {
  const auto root = directory_.path() / "a" / "b";
  ASSERT_TRUE(make_user_cache(root));
  ASSERT_TRUE(make_user_cache(root));
  EXPECT_EQ(fs::status(root).permissions(), fs::perms::owner_all);
  EXPECT_EQ(read_file(root / "CACHEDIR.TAG")->substr(0, 43),
            "Signature: 8a477f597d28d172789f06886806bc55");
  ASSERT_TRUE(write_file(directory_.path() / "file", ""));
  EXPECT_FALSE(make_user_cache(directory_.path() / "file"));
}

}  // namespace
}  // namespace gantry::base

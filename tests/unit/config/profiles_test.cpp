#include "config/profiles.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/description.hpp"

namespace gantry::config {
namespace {

TEST(Profiles, AreInTheOrderOfTheirNames) {
  EXPECT_THAT(profiles(), testing::SizeIs(testing::Ge(8U)));
  EXPECT_TRUE(std::is_sorted(profiles().begin(), profiles().end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(Profiles, AreFoundByTheirNames) {
  const auto found = find_profile("ref-a");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->json, testing::HasSubstr("\"name\": \"ref-a\""));
}

TEST(Profiles, AnUnknownNameIsAnErrorThatNamesTheNearest) {
  const auto found = find_profile("toysd");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().what, "there is no profile 'toysd'");
  EXPECT_EQ(found.error().hint, "did you mean 'toyssd'?");
}

TEST(Profiles, ANameThatIsLikeNoOtherGetsTheList) {
  const auto found = find_profile("floppy");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().hint, testing::StartsWith("the profiles are 970-pro-like, "));
}

TEST(Profiles, AreDevicesWithAnOrigin) {
  for (const auto& profile : profiles()) {
    const auto loaded = load(std::string(profile.name));
    ASSERT_TRUE(loaded) << profile.name << ": " << loaded.error().what;
    EXPECT_EQ(loaded->name, profile.name);
    EXPECT_GT(loaded->origin.size(), 40U);
  }
}

TEST(Profiles, AreReadAsTheSameWhenTheyHaveBeenWritten) {
  for (const auto& profile : profiles()) {
    const auto loaded = load(std::string(profile.name));
    ASSERT_TRUE(loaded);
    EXPECT_EQ(read(write(*loaded)).description, *loaded) << write(*loaded);
  }
}

}  // namespace
}  // namespace gantry::config

#include "oci/platform_choice.hpp"

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

Descriptor entry(const std::string& content, std::optional<Platform> platform) {
  Descriptor descriptor;
  descriptor.digest = content::sha256(content);
  descriptor.platform = std::move(platform);
  return descriptor;
}

const Platform kAmd64{"linux", "amd64", ""};
const Platform kArm64{"linux", "arm64", ""};
const Platform kArm64V8{"linux", "arm64", "v8"};

TEST(PlatformChoice, TakesTheFirstThatServes) {
  const Index index{{entry("a", kAmd64), entry("b", kArm64V8), entry("c", kArm64)}, {}};
  EXPECT_EQ(choose_entry(index, kArm64, "here")->digest, content::sha256("b"));
  EXPECT_EQ(entries_for(index.manifests, kArm64, "here")->size(), 2U);
}

TEST(PlatformChoice, TheOnlyEntryNeedsNoPlatform) {
  const Index one{{entry("a", {})}, {}};
  EXPECT_EQ(choose_entry(one, kArm64, "here")->digest, content::sha256("a"));
  const Index two{{entry("a", {}), entry("b", {})}, {}};
  EXPECT_FALSE(choose_entry(two, kArm64, "here"));
}

TEST(PlatformChoice, TheErrorListsWhatThereIs) {
  const Index index{{entry("a", kAmd64), entry("attestation", Platform{"unknown", "unknown", ""}),
                     entry("b", kAmd64)},
                    {}};
  const auto chosen = choose_entry(index, kArm64, "here");
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().what, "no image for linux/arm64");
  EXPECT_EQ(chosen.error().where, "here");
  EXPECT_EQ(chosen.error().hint, "there is: linux/amd64");
  EXPECT_EQ(choose_entry({}, kArm64, "here").error().hint, "");
}

}  // namespace
}  // namespace gantry::oci

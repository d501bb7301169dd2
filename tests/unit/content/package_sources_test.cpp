#include "content/package_sources.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gantry::content {
namespace {

using testing::ElementsAre;

constexpr std::string_view kTargets =
    "Packages http://mirror/debian/ bookworm oldstable Debian\n"
    "Translations http://mirror/debian/ bookworm oldstable Debian\n"
    "Packages http://mirror/debian/ bookworm-updates oldstable-updates Debian\n"
    "Packages http://mirror/debian-security bookworm-security oldstable-security Debian-Security\n"
    "Packages https://elsewhere/node_20.x nodistro nodistro . nodistro\n"
    "Packages https://elsewhere/tools trixie stable Tools\n"
    "odd line\n";

std::vector<std::string> lines(std::string_view suite) {
  std::vector<std::string> result;
  for (const auto& source : sources_for_suite(kTargets, suite)) {
    result.push_back(source.line());
  }
  return result;
}

TEST(PackageSources, ASuiteComesWithItsUpdates) {
  EXPECT_THAT(lines("bookworm"),
              ElementsAre("deb http://mirror/debian bookworm main",
                          "deb http://mirror/debian bookworm-updates main",
                          "deb http://mirror/debian-security bookworm-security main"));
}

TEST(PackageSources, AnotherReleaseComesFromTheSameDebianMirror) {
  EXPECT_THAT(lines("sid"), ElementsAre("deb http://mirror/debian sid main"));
  EXPECT_TRUE(sources_for_suite("Packages http://m/x trixie stable Other\n", "sid").empty());
}

TEST(PackageSources, AReleaseHasItsDateAndDigest) {
  const auto release = parse_release(
      "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\n"
      "Date: Sat, 11 Jul 2026 10:16:37 UTC\n",
      "InRelease");
  ASSERT_TRUE(release) << release.error().what;
  EXPECT_EQ(release->date, 1'783'764'997);
  for (const char* const text : {"", "Date: \n", "Date: today\n", "Date: Sat, 11 Jul 2026\n"}) {
    EXPECT_EQ(parse_release(text, "InRelease").error().what, "it has no date that can be read");
  }
}

TEST(PackageSources, AnUnreachableMirrorIsNoError) {
  // Port 1 of this machine: refused at once.
  const auto release = fetch_release({"http://127.0.0.1:1/debian", "bookworm"});
  if (!release) {
    GTEST_SKIP() << "apt-helper does not work here: " << release.error().what;
  }
  EXPECT_FALSE(release->has_value());
}

}  // namespace
}  // namespace gantry::content

#include "supply/package_url.hpp"

#include <gtest/gtest.h>

namespace gantry::supply {
namespace {

const DebianPackage kPackage{"libstdc++6", "1:12.2.0~rc1-14+b1", "amd64", "gcc-12", "12", ""};

TEST(Distribution, IsWhatOsReleaseSays) {
  EXPECT_EQ(find_distribution(
                {{"usr/lib/os-release", "PRETTY_NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n"}}),
            (Distribution{"debian", "12"}));
  EXPECT_EQ(find_distribution({{"etc/os-release", "ID='ubuntu'\nVERSION_ID=24.04"},
                               {"usr/lib/os-release", "ID=other\n"}}),
            (Distribution{"ubuntu", "24.04"}));
  EXPECT_EQ(find_distribution({}), (Distribution{"debian", ""}));
  EXPECT_EQ(find_distribution({{"etc/os-release", "ID=\"a/../b\"\nVERSION_ID=\"1 2\"\nID\n"}}),
            (Distribution{"debian", ""}));
  EXPECT_TRUE(is_os_release("etc/os-release"));
  EXPECT_FALSE(is_os_release("srv/etc/os-release"));
}

// The form of the package-url specification's deb type; its letters beyond [A-Za-z0-9.-_~] are
// percent-encoded.
TEST(PackageUrl, OfADebianPackage) {
  EXPECT_EQ(package_url(kPackage, {"debian", "12"}),
            "pkg:deb/debian/libstdc%2B%2B6@1%3A12.2.0~rc1-14%2Bb1?arch=amd64&distro=debian-12");
  EXPECT_EQ(package_url(kPackage, {"debian", ""}),
            "pkg:deb/debian/libstdc%2B%2B6@1%3A12.2.0~rc1-14%2Bb1?arch=amd64");
}

// The specification's example of the oci type, without its repository_url.
TEST(PackageUrl, OfAnImage) {
  const auto digest = content::Digest::parse(
      "sha256:244fd47e07d1004f0aed9c156aa09083c82bf8944eceb67c946ff7430510a77b");
  EXPECT_EQ(
      package_url("example.org/library/Debian", *digest, {"linux", "amd64", ""}),
      "pkg:oci/debian@sha256%3A244fd47e07d1004f0aed9c156aa09083c82bf8944eceb67c946ff7430510a77b"
      "?arch=amd64");
}

TEST(PercentEncoded, LeavesOnlyWhatMeansNothing) {
  EXPECT_EQ(percent_encoded("aZ0-._~"), "aZ0-._~");
  EXPECT_EQ(percent_encoded("/ ?#\xc3\xa9"), "%2F%20%3F%23%C3%A9");
}

}  // namespace
}  // namespace gantry::supply

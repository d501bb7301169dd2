#include "supply/dpkg_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "sample_image.hpp"

namespace gantry::supply {
namespace {

using oci::error_text;
using oci::expect_value;
using testing::ElementsAre;
using testing::Field;

using Documents = std::map<std::string, std::string>;

constexpr const char* kStatus = "var/lib/dpkg/status";

// As Debian 12 has it, cut after the fields that matter.
constexpr const char* kTwoPackages = R"(Package: libc6
Status: install ok installed
Priority: optional
Section: libs
Installed-Size: 12986
Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>
Architecture: amd64
Multi-Arch: same
Source: glibc
Version: 2.36-9+deb12u10
Description: GNU C Library: Shared libraries
 Contains the standard libraries that are used by nearly all programs on
 Version: this is no field
Homepage: https://www.gnu.org/software/libc/libc.html

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: libgcc-s1
Status: install ok installed
Maintainer: Debian GCC Maintainers <debian-gcc@lists.debian.org>
Architecture: amd64
Source: gcc-12 (12.2.0-14+deb12u1)
Version: 12.2.0-14+deb12u1+b2
)";

DpkgDatabase database(const Documents& documents) {
  return expect_value(DpkgDatabase::parse(documents));
}

std::string failure(const std::string& status) {
  return error_text(DpkgDatabase::parse({{kStatus, status}}));
}

std::string owner(const DpkgDatabase& database, std::string_view path) {
  const auto* const package = database.owner(path);
  return package == nullptr ? "" : package->name;
}

TEST(DpkgDatabase, HasWhatIsInstalled) {
  EXPECT_THAT(
      database({{kStatus, kTwoPackages}}).packages(),
      ElementsAre(
          DebianPackage{"libc6", "2.36-9+deb12u10", "amd64", "glibc", "2.36-9+deb12u10",
                        "GNU Libc Maintainers <debian-glibc@lists.debian.org>"},
          DebianPackage{"libgcc-s1", "12.2.0-14+deb12u1+b2", "amd64", "gcc-12", "12.2.0-14+deb12u1",
                        "Debian GCC Maintainers <debian-gcc@lists.debian.org>"}));
}

// Images without dpkg have a file for each package, without a Status.
TEST(DpkgDatabase, ReadsAFileForEachPackage) {
  const auto read = database(
      {{"var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 1-1\nArchitecture: all\n"},
       {"var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12\nArchitecture: amd64"},
       {"var/lib/dpkg/status.d/base.md5sums", "not a stanza"}});
  EXPECT_THAT(read.packages(), ElementsAre(Field(&DebianPackage::name, "base-files"),
                                           Field(&DebianPackage::name, "tzdata")));
}

TEST(DpkgDatabase, KnowsWhoseAFileIs) {
  const auto read = database(
      {{kStatus, kTwoPackages},
       {"var/lib/dpkg/info/libc6:amd64.list",
        "/.\n/lib\n/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu/libc.so.6\n"
        "/usr/share/doc\n"},
       {"var/lib/dpkg/info/libgcc-s1.list", "/.\n/lib\n/usr/lib/gcc.so\n/usr/share/doc\n/etc/a\n"},
       {"var/lib/dpkg/info/libc6:arm64.list", "/etc/b\n"},
       {"var/lib/dpkg/info/removed.list", "/etc/c\n"}});
  EXPECT_EQ(owner(read, "lib/x86_64-linux-gnu/libc.so.6"), "libc6");
  EXPECT_EQ(owner(read, "usr/lib/x86_64-linux-gnu/libc.so.6"), "libc6");
  EXPECT_EQ(owner(read, "lib/gcc.so"), "libgcc-s1");
  EXPECT_EQ(owner(read, "etc/a"), "libgcc-s1");
  EXPECT_EQ(owner(read, "etc/b"), "");
  EXPECT_EQ(owner(read, "etc/c"), "");
  EXPECT_EQ(owner(read, "usr/share/doc"), "") << "it is both packages'";
  EXPECT_EQ(owner(read, "usr/etc/a"), "");
}

TEST(DpkgDatabase, NamesItsFiles) {
  for (const auto* const path : {"var/lib/dpkg/status", "var/lib/dpkg/status.d/tzdata",
                                 "var/lib/dpkg/info/libc6:amd64.list"}) {
    EXPECT_TRUE(is_dpkg_document(path)) << path;
  }
  for (const auto* const path :
       {"var/lib/dpkg/status-old", "var/lib/dpkg/status.d/tzdata.md5sums",
        "var/lib/dpkg/info/libc6:amd64.md5sums", "var/lib/dpkg/info/a/b.list",
        "srv/var/lib/dpkg/status", "var/lib/dpkg/status.d/a/b"}) {
    EXPECT_FALSE(is_dpkg_document(path)) << path;
  }
}

TEST(DpkgDatabase, RefusesWhatNoPackageCanHave) {
  EXPECT_EQ(failure("Package: a\nVersion: 1\n"),
            "/var/lib/dpkg/status: the package 'a' has no field Architecture");
  EXPECT_EQ(failure("Status: install ok installed\n"),
            "/var/lib/dpkg/status: the package '' has no field Package");
  EXPECT_EQ(failure("Package: a\nVersion: 1\x1b[2J\nArchitecture: all\n"),
            "/var/lib/dpkg/status: the package 'a' has the field Version: '1\\x1b[2J'");
  EXPECT_EQ(failure("Package: a\nVersion: 1\nArchitecture: ../x\n"),
            "/var/lib/dpkg/status: the package 'a' has the field Architecture: '../x'");
  EXPECT_EQ(failure("Package: a\nVersion: 1\nArchitecture: all\nSource: a (1 2)\n"),
            "/var/lib/dpkg/status: the package 'a' has the field Source: '1 2'");
}

TEST(DpkgDatabase, IsEmptyWhereThereIsNone) {
  const auto directory = expect_value(base::TempDir::create());
  EXPECT_TRUE(expect_value(DpkgDatabase::read(directory.path())).packages().empty());
}

TEST(DpkgDatabase, AgreesWithDpkg) {
  if (!base::find_program("dpkg-query")) {
    GTEST_SKIP() << "dpkg-query is not installed";
  }
  const auto query = expect_value(base::run_checked(
      {{"dpkg-query", "--show", "--showformat",
        "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} "
        "${source:Version}\n"}}));
  std::vector<std::string> expected;
  for (const auto line : base::split(query.out, '\n')) {
    if (line.starts_with("installed ")) {
      expected.emplace_back(line.substr(10));
    }
  }
  const auto read = expect_value(DpkgDatabase::read("/"));
  std::vector<std::string> found;
  for (const auto& package : read.packages()) {
    found.push_back(package.name + " " + package.version + " " + package.architecture + " " +
                    package.source + " " + package.source_version);
  }
  EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected));
  const auto whose = expect_value(base::run_checked({{"dpkg-query", "--search", "/usr/bin/env"}}));
  EXPECT_EQ(owner(read, "usr/bin/env"), whose.out.substr(0, whose.out.find(':')));
}

}  // namespace
}  // namespace gantry::supply

#include "supply/sbom.hpp"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "image_builder.hpp"
#include "oci/build.hpp"
#include "sample_image.hpp"
#include "supply/inventory.hpp"

namespace gantry::supply {
namespace {

using Json = nlohmann::json;
using oci::error_text;
using oci::expect_value;
using oci::testing::ImageBuilder;
using oci::testing::TarBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Of "hello\n", by sha1sum and sha256sum.
constexpr const char* kHelloSha1 = "f572d396fae9206628714fb2ce00f72e94f2258f";
constexpr const char* kHelloSha256 =
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
constexpr const char* kStatus =
    "Package: tool\nStatus: install ok installed\nVersion: 1:2.0-1\nArchitecture: amd64\n"
    "Maintainer: A Person <a@example.org>\nSource: tools (2.0-1)\n";

Json sbom(const oci::Image& image, const std::filesystem::path& host = {}) {
  return Json::parse(
      expect_value(make_sbom(image, {.name = "app", .tool = "gantry-1", .host = host})));
}

const Json& element(const Json& document, const char* kind, const std::string& name) {
  const auto& list = document.at(kind);
  const auto* const key = std::string(kind) == "files" ? "fileName" : "name";
  for (const auto& value : list) {
    if (value.at(key) == name) {
      return value;
    }
  }
  throw std::runtime_error(name + " is not in the document");
}

/// "a TYPE b" of all relationships, by the elements' names.
std::vector<std::string> relations(const Json& document, const std::string& type) {
  std::map<std::string, std::string> names = {{"SPDXRef-DOCUMENT", "document"}};
  for (const auto& package : document.at("packages")) {
    names[package.at("SPDXID")] = package.at("name");
  }
  for (const auto& file : document.at("files")) {
    names[file.at("SPDXID")] = file.at("fileName");
  }
  std::vector<std::string> found;
  for (const auto& relation : document.at("relationships")) {
    if (relation.at("relationshipType") == type) {
      found.push_back(names.at(relation.at("spdxElementId")) + " " +
                      names.at(relation.at("relatedSpdxElement")));
    }
  }
  return found;
}

TEST(Inventory, HasEveryFileByEachOfItsNames) {
  ImageBuilder builder;
  builder.layer(TarBuilder().directory("bin/").file("bin/a", "hello\n").file("gone", "x"));
  builder.layer(
      TarBuilder().file(".wh.gone", "").hard_link("bin/b", "bin/a").symlink("c", "bin/a"));
  const auto inventory = expect_value(take_inventory(builder.image()));
  const auto sha256 = *content::Digest::parse("sha256:" + std::string(kHelloSha256));
  EXPECT_THAT(inventory.files, ElementsAre(InventoryFile{"bin/a", kHelloSha1, sha256, 0},
                                           InventoryFile{"bin/b", kHelloSha1, sha256, 0}));
  EXPECT_THAT(inventory.documents, IsEmpty());
}

TEST(Sbom, NamesTheImageAndItsSource) {
  ImageBuilder builder;
  builder.layer(TarBuilder().file("a", "hello\n"));
  auto& image = builder.image();
  image.config.created = 1700000000;
  image.config.labels = {{"org.opencontainers.image.source", "https://example.org/app.git"},
                         {"org.opencontainers.image.revision", "c0ffee"},
                         {"org.opencontainers.image.version", "1.2.3"},
                         {"org.opencontainers.image.vendor", "Example"},
                         {"org.opencontainers.image.licenses", "MIT OR Apache-2.0"}};
  const auto base = content::sha256("base");
  image.manifest.annotations = {{"org.opencontainers.image.base.digest", base.text()},
                                {"org.opencontainers.image.base.name", "debian:12"}};
  image.descriptor.digest = content::sha256("app");
  const auto document = sbom(image);
  EXPECT_EQ(document.at("creationInfo").at("created"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(document.at("documentNamespace"), "urn:gantry:spdx:" + content::sha256("app").text());
  const auto& package = element(document, "packages", "app");
  EXPECT_EQ(package.at("versionInfo"), "1.2.3");
  EXPECT_EQ(package.at("downloadLocation"), "git+https://example.org/app.git@c0ffee");
  EXPECT_EQ(package.at("supplier"), "Organization: Example");
  EXPECT_EQ(package.at("licenseDeclared"), "MIT OR Apache-2.0");
  EXPECT_EQ(package.at("checksums").at(0).at("checksumValue"), content::sha256("app").hex());
  // By sha1sum, of what sha1sum says of the one file.
  EXPECT_EQ(package.at("packageVerificationCode").at("packageVerificationCodeValue"),
            "d4bb773a0da54b50d60e6089e12ed7e53c7e423c");
  EXPECT_EQ(element(document, "packages", "debian:12").at("checksums").at(0).at("checksumValue"),
            base.hex());
  EXPECT_THAT(relations(document, "DESCRIBES"), ElementsAre("document app"));
  EXPECT_THAT(relations(document, "DESCENDANT_OF"), ElementsAre("app debian:12"));
  EXPECT_THAT(relations(document, "CONTAINS"), ElementsAre("app ./a"));
}

TEST(Sbom, NamesTheDebianPackagesAndTheirFiles) {
  ImageBuilder builder;
  builder.layer(TarBuilder()
                    .file("usr/bin/tool", "hello\n")
                    .file("usr/bin/own", "x")
                    .file("etc/os-release", "ID=debian\nVERSION_ID=12\n")
                    .file("var/lib/dpkg/status", kStatus)
                    .file("var/lib/dpkg/info/tool.list", "/.\n/usr/bin/tool\n"));
  const auto document = sbom(builder.image());
  const auto& package = element(document, "packages", "tool");
  EXPECT_EQ(package.at("versionInfo"), "1:2.0-1");
  EXPECT_EQ(package.at("supplier"), "Person: A Person (a@example.org)");
  EXPECT_EQ(package.at("sourceInfo"), "built from source package tools 2.0-1");
  EXPECT_EQ(package.at("filesAnalyzed"), false);
  EXPECT_EQ(package.at("externalRefs").at(0).at("referenceLocator"),
            "pkg:deb/debian/tool@1%3A2.0-1?arch=amd64&distro=debian-12");
  EXPECT_THAT(relations(document, "EXPANDED_FROM_ARCHIVE"), ElementsAre("./usr/bin/tool tool"));
  EXPECT_THAT(
      relations(document, "CONTAINS"),
      ElementsAre("app tool", "app ./etc/os-release", "app ./usr/bin/own", "app ./usr/bin/tool",
                  "app ./var/lib/dpkg/info/tool.list", "app ./var/lib/dpkg/status"));
}

class HostTest : public testing::Test {
 protected:
  HostTest() {
    write("var/lib/dpkg/status", kStatus);
    write("var/lib/dpkg/info/tool.list", "/.\n/lib/libtool.so.1\n/lib/libother.so.1\n");
    write("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n");
    write("usr/lib/libtool.so.1", "hello\n");
    write("usr/lib/libother.so.1", "newer\n");
    builder_.layer(TarBuilder()
                       .file("usr/lib/libtool.so.1", "hello\n")
                       .file("usr/lib/libother.so.1", "older\n"));
  }
  void write(const std::string& file, const std::string& content) {
    const auto path = host_.path() / file;
    ASSERT_TRUE(base::make_directories(path.parent_path()));
    ASSERT_TRUE(base::write_file(path, content));
  }
  oci::Image& image(std::string_view created_by) {
    oci::HistoryEntry entry;
    entry.created_by = created_by;
    builder_.image().config.history = {entry};
    return builder_.image();
  }

  base::TempDir host_ = *base::TempDir::create();
  ImageBuilder builder_;
};

TEST_F(HostTest, RuntimeLibrariesAreOfTheirPackages) {
  const auto document = sbom(image(oci::kRuntimeLibrariesLayer), host_.path());
  EXPECT_THAT(relations(document, "EXPANDED_FROM_ARCHIVE"),
              ElementsAre("./usr/lib/libtool.so.1 tool"))
      << "the other one has changed here since";
  EXPECT_EQ(element(document, "packages", "tool").at("externalRefs").at(0).at("referenceLocator"),
            "pkg:deb/debian/tool@1%3A2.0-1?arch=amd64&distro=debian-12");
}

TEST_F(HostTest, OtherLayersHaveNothingOfThisMachine) {
  const auto document = sbom(image("gantry: component app"), host_.path());
  EXPECT_THAT(relations(document, "EXPANDED_FROM_ARCHIVE"), IsEmpty());
  EXPECT_EQ(document.at("packages").size(), 1);
}

TEST(Sbom, IsTheSameForTheSameImage) {
  ImageBuilder builder;
  builder.layer(
      TarBuilder().file("b", "hello\n").file("a", "hello\n").file("var/lib/dpkg/status", kStatus));
  EXPECT_EQ(sbom(builder.image()).dump(), sbom(builder.image()).dump());
}

TEST(Sbom, HoldsNamesThatAreNoText) {
  ImageBuilder builder;
  builder.layer(TarBuilder().file("a\xff\n", "hello\n"));
  EXPECT_EQ(sbom(builder.image()).at("files").at(0).at("fileName"), "./a\\xff\\x0a");
}

TEST(Sbom, RefusesADamagedDatabase) {
  ImageBuilder builder;
  builder.layer(TarBuilder().file("var/lib/dpkg/status", "Package: a\n"));
  EXPECT_EQ(error_text(make_sbom(builder.image(), {.name = "app", .tool = "t"})),
            "/var/lib/dpkg/status: the package 'a' has no field Version");
}

TEST(SpdxDownloadLocation, IsAVersionControlsUrl) {
  EXPECT_EQ(spdx_download_location("https://example.org/a.git", "b"),
            "git+https://example.org/a.git@b");
  EXPECT_EQ(spdx_download_location("https://example.org/a", ""), "git+https://example.org/a");
  EXPECT_EQ(spdx_download_location("git@example.org:a/b.git", "c"),
            "git+ssh://git@example.org/a/b.git@c");
  EXPECT_EQ(spdx_download_location("git://example.org/a", "b"), "git://example.org/a@b");
  for (const auto* const other : {"", "/home/me/a", "a b:c", "https://example.org/a b", ":x"}) {
    EXPECT_EQ(spdx_download_location(other, "b"), "") << other;
  }
}

TEST(SpdxSupplier, IsAPersonOrAnOrganization) {
  EXPECT_EQ(spdx_supplier("Jane Doe <jane@example.org>"), "Person: Jane Doe (jane@example.org)");
  EXPECT_EQ(spdx_supplier("Debian GCC Maintainers <debian-gcc@lists.debian.org>"),
            "Organization: Debian GCC Maintainers (debian-gcc@lists.debian.org)");
  EXPECT_EQ(spdx_supplier("Nobody"), "Person: Nobody");
  EXPECT_EQ(spdx_supplier("<a@b"), "");
  EXPECT_EQ(spdx_supplier(""), "");
}

TEST(Sbom, NamesTheProjectAndWhatItIsBuiltWith) {
  using Kind = CMakeDependency::Kind;
  ImageBuilder builder;
  SbomOptions options{.name = "app", .tool = "gantry-1", .host = {}};
  options.project = {"Demo",
                     "1.2",
                     "https://example.org/demo",
                     {{Kind::kFound, "ZLIB", "1.2.13", "", ""},
                      {Kind::kFetched, "fmt", "", "https://example.org/fmt.git", "v10"},
                      {Kind::kFetched, "local", "", "/home/me/local", ""}}};
  const auto document = Json::parse(expect_value(make_sbom(builder.image(), options)));
  std::map<std::string, Json> packages;
  for (const auto& package : document.at("packages")) {
    packages[package.at("name")] = package;
  }
  EXPECT_EQ(packages.at("Demo").at("versionInfo"), "1.2");
  EXPECT_EQ(packages.at("Demo").at("homepage"), "https://example.org/demo");
  EXPECT_EQ(packages.at("ZLIB").at("versionInfo"), "1.2.13");
  EXPECT_EQ(packages.at("fmt").at("versionInfo"), "v10");
  EXPECT_EQ(packages.at("fmt").at("downloadLocation"), "git+https://example.org/fmt.git@v10");
  EXPECT_EQ(packages.at("local").at("downloadLocation"), "NOASSERTION");
  const auto id = [&](const char* name) { return packages.at(name).at("SPDXID"); };
  const auto relates = [&](const Json& from, const char* type, const Json& to) {
    const auto& all = document.at("relationships");
    return std::count(
        all.begin(), all.end(),
        Json{{"spdxElementId", from}, {"relationshipType", type}, {"relatedSpdxElement", to}});
  };
  EXPECT_EQ(relates("SPDXRef-Image", "GENERATED_FROM", id("Demo")), 1);
  EXPECT_EQ(relates(id("ZLIB"), "BUILD_DEPENDENCY_OF", id("Demo")), 1);
  EXPECT_EQ(relates(id("Demo"), "DEPENDS_ON", id("fmt")), 1);
}

}  // namespace
}  // namespace gantry::supply

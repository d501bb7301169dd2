#include "supply/spdx_document.hpp"

#include <gtest/gtest.h>

#include "base/process.hpp"
#include "sample_image.hpp"
#include "supply/sha1.hpp"

namespace gantry::supply {
namespace {

using oci::expect_value;

// FIPS 180-4's examples.
TEST(Sha1, OfTheStandardsExamples) {
  Sha1 abc;
  abc.update("a");
  abc.update("bc");
  EXPECT_EQ(abc.finish(), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(Sha1().finish(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

// Clause 7.9.1 by the programs of any shell.
TEST(SpdxVerificationCode, IsTheDigestOfTheSortedDigests) {
  const std::vector<std::string> sha1s = {"f572d396fae9206628714fb2ce00f72e94f2258f",
                                          "a9993e364706816aba3e25717850c26c9cd0d89d",
                                          "f572d396fae9206628714fb2ce00f72e94f2258f"};
  base::Command shell{{"sh", "-c", "LC_ALL=C sort | tr -d '\\n' | sha1sum | cut -d ' ' -f 1"}};
  for (const auto& sha1 : sha1s) {
    shell.input += sha1 + "\n";
  }
  EXPECT_EQ(spdx_verification_code(sha1s) + "\n", expect_value(base::run_checked(shell)).out);
}

TEST(SpdxId, HasOnlyWhatSpdxAllows) {
  const auto id = spdx_id("File", "usr/bin/é +");
  EXPECT_EQ(id.size(), 37);
  EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyzF0123456789.-"), std::string::npos);
  EXPECT_EQ(id, spdx_id("File", "usr/bin/é +"));
  EXPECT_NE(id, spdx_id("File", "usr/bin/e +"));
}

TEST(SpdxDocument, IsCanonicalJson) {
  SpdxDocument document;
  document.name = "app";
  document.space = "urn:x";
  document.created = 1700000000;
  document.tool = "gantry-1";
  SpdxPackage package;
  package.id = "Image";
  package.name = "app";
  document.packages.push_back(package);
  package.version = "1";
  package.supplier = "Person: A";
  package.download_location = "git+https://example.org/a@b";
  package.license = "MIT";
  package.source_info = "revision b";
  package.purpose = "CONTAINER";
  package.url = "pkg:a/b";
  package.verification_code = "00";
  package.checksums = {{"SHA256", "11"}};
  document.packages.push_back(package);
  document.files.push_back({"File-1", "./a", {{"SHA1", "22"}}});
  document.relationships.push_back({kSpdxDocumentId, "DESCRIBES", "Image"});
  EXPECT_EQ(
      to_json(document),
      R"({"SPDXID":"SPDXRef-DOCUMENT","creationInfo":{"created":"2023-11-14T22:13:20Z","creators":["Tool: gantry-1"]},"dataLicense":"CC0-1.0","documentNamespace":"urn:x","files":[{"SPDXID":"SPDXRef-File-1","checksums":[{"algorithm":"SHA1","checksumValue":"22"}],"fileName":"./a"}],"name":"app","packages":[{"SPDXID":"SPDXRef-Image","downloadLocation":"NOASSERTION","filesAnalyzed":false,"name":"app"},{"SPDXID":"SPDXRef-Image","checksums":[{"algorithm":"SHA256","checksumValue":"11"}],"downloadLocation":"git+https://example.org/a@b","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceLocator":"pkg:a/b","referenceType":"purl"}],"filesAnalyzed":true,"licenseDeclared":"MIT","name":"app","packageVerificationCode":{"packageVerificationCodeValue":"00"},"primaryPackagePurpose":"CONTAINER","sourceInfo":"revision b","supplier":"Person: A","versionInfo":"1"}],"relationships":[{"relatedSpdxElement":"SPDXRef-Image","relationshipType":"DESCRIBES","spdxElementId":"SPDXRef-DOCUMENT"}],"spdxVersion":"SPDX-2.3"})");
}

}  // namespace
}  // namespace gantry::supply

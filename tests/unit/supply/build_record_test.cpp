#include "supply/build_record.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "sample_image.hpp"

namespace gantry::supply {
namespace {

using oci::error_text;
using oci::expect_value;

TEST(BuildRecord, SaysWhatCMakeKnows) {
  const auto record =
      expect_value(parse_build_record("gantry-build 1\n"
                                      "target app\n"
                                      "preset my preset\n"
                                      "build-type Release\n"
                                      "compiler GNU\n"
                                      "compiler-version 12.2.0\n"
                                      "project Demo\n"
                                      "project-version 1.2\n"
                                      "homepage https://example.org\n"
                                      "found ZLIB\t1.2.13\n"
                                      "found Threads\n"
                                      "fetched fmt\t10.1\thttps://e.org/f.git\tv10\n"
                                      "prebuilt /a=b=/usr/bin/\n"
                                      "prebuilt \n",
                                      "app.build"));
  EXPECT_EQ(record.facts.target, "app");
  EXPECT_EQ(record.facts.preset, "my preset");
  EXPECT_EQ(record.facts.build_type, "Release");
  EXPECT_EQ(record.facts.compiler, "GNU");
  EXPECT_EQ(record.facts.compiler_version, "12.2.0");
  using Kind = CMakeDependency::Kind;
  const CMakeProject project{"Demo",
                             "1.2",
                             "https://example.org",
                             {{Kind::kFound, "ZLIB", "1.2.13", "", ""},
                              {Kind::kFound, "Threads", "", "", ""},
                              {Kind::kFetched, "fmt", "10.1", "https://e.org/f.git", "v10"}}};
  EXPECT_EQ(record.project, project);
  ASSERT_EQ(record.prebuilt.size(), 1u);
  EXPECT_EQ(record.prebuilt.front().path, "/a=b");
  EXPECT_EQ(record.prebuilt.front().destination, "/usr/bin/");
}

TEST(BuildRecord, NamesTheLineThatIsWrong) {
  const auto error = [](const std::string& text) {
    const auto parsed = parse_build_record(text, "f");
    return parsed ? "" : parsed.error().where + ": " + parsed.error().what;
  };
  EXPECT_EQ(error(""), "f:1: this is no record of a build: its first line is not 'gantry-build 1'");
  EXPECT_EQ(error("gantry-build 1\ntarget a\npassword b"), "f:3: unknown key 'password'");
  EXPECT_EQ(error("gantry-build 1\nfound \t1"), "f:2: '\\x091' is no dependency");
  EXPECT_EQ(error("gantry-build 1\nfound 1\t2\t3\t4\t5"),
            "f:2: '1\\x092\\x093\\x094\\x095' is no dependency");
  EXPECT_EQ(error("gantry-build 1\nprebuilt a"), "f:2: 'a' is no prebuilt file");
  EXPECT_EQ(error("gantry-build 1\ntarget \xff"), "f: it is larger than 4 MiB, or not UTF-8 text");
}

TEST(BuildRecord, HasPrebuiltFilesOfThePlatformAsMaterials) {
  const auto directory = *base::TempDir::create();
  const auto store = expect_value(oci::BlobStore::open(directory.path() / "store"));
  oci::Config config;
  config.platform = oci::Platform{"linux", "arm64", ""};
  config.labels = {{"org.opencontainers.image.version", "1.0"}};
  const auto image = expect_value(
      oci::read_image(store.blobs(), oci::store_image(store, config, {oci::empty_tar()})));
  ASSERT_TRUE(base::write_file(directory.path() / "arm64-1.0", "tool"));
  BuildRecord record;
  record.prebuilt = {{(directory.path() / "{arch}-{version}").native(), "/usr/bin/tool"}};
  const auto facts = expect_value(facts_of(record, image));
  ASSERT_EQ(facts.materials.size(), 1u);
  EXPECT_EQ(facts.materials.front().name, "prebuilt /usr/bin/tool");
  EXPECT_EQ(facts.materials.front().digest, content::sha256("tool"));
  record.prebuilt.front().path += "x";
  EXPECT_EQ(error_text(facts_of(record, image)), (directory.path() / "arm64-1.0x").native() +
                                                     ": there is no prebuilt file for linux/arm64");
}

}  // namespace
}  // namespace gantry::supply

#include "oci/layout.hpp"

#include <array>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.hpp"
#include "sample_image.hpp"

namespace gantry::oci {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class LayoutTest : public testing::Test {
 protected:
  /// A manifest in the store; the author makes it different from others.
  Descriptor image(const std::string& author, const char* platform = "linux/amd64") const {
    Config config;
    config.author = author;
    config.platform = expect_value(Platform::parse(platform));
    return store_image(store_, config, {empty_tar()});
  }
  bool publish(const Layout& layout, const Descriptor& manifest, std::vector<std::string> tags,
               const char* platform = "linux/amd64") const {
    return expect_value(layout.publish(store_.blobs(), on(manifest, platform), tags));
  }
  Descriptor put_index(const std::vector<Descriptor>& manifests) const {
    return expect_value(store_.put(to_json(Index{manifests, {}}), media_type::kIndex));
  }
  /// A layout whose index.json has these entries and whose blobs are the store's.
  Layout layout_of(const std::vector<Descriptor>& entries) const {
    EXPECT_TRUE(base::write_file(store_.blobs().root() / "oci-layout",
                                 R"({"imageLayoutVersion":"1.0.0"})"));
    EXPECT_TRUE(
        base::write_file(store_.blobs().root() / "index.json", to_json(Index{entries, {}})));
    return expect_value(Layout::open(store_.blobs().root()));
  }
  static Descriptor tagged(Descriptor descriptor, const std::string& tag) {
    descriptor.annotations[std::string(kRefName)] = tag;
    return descriptor;
  }
  static Descriptor on(Descriptor descriptor, const char* platform) {
    descriptor.platform = expect_value(Platform::parse(platform));
    return descriptor;
  }

  base::TempDir directory_ = *base::TempDir::create();
  fs::path root_ = directory_.path() / "layout";
  BlobStore store_ = *BlobStore::open(directory_.path() / "store");
};

TEST_F(LayoutTest, PublishedTagsResolve) {
  const auto layout = expect_value(Layout::open_or_create(root_));
  const auto one = image("one");
  const auto two = image("two");
  EXPECT_TRUE(publish(layout, one, {"1.0", "latest"}));
  EXPECT_EQ(expect_value(layout.resolve({.tag = "latest"})).digest, one.digest);
  EXPECT_TRUE(publish(layout, two, {"2.0", "latest"}));
  EXPECT_EQ(expect_value(layout.resolve({.tag = "1.0"})).digest, one.digest);
  EXPECT_EQ(expect_value(layout.resolve({.tag = "latest"})).digest, two.digest);
  EXPECT_EQ(expect_value(layout.resolve({.digest = one.digest})).digest, one.digest);
  EXPECT_EQ(expect_value(layout.read_index()).manifests.size(), 3);
}

TEST_F(LayoutTest, PublishingAgainChangesNothing) {
  const auto layout = expect_value(Layout::open_or_create(root_));
  const auto one = image("one");
  EXPECT_TRUE(publish(layout, one, {"a", "b"}));
  const auto before = fs::last_write_time(root_ / "index.json");
  EXPECT_FALSE(publish(layout, one, {"b", "a"}));
  EXPECT_FALSE(publish(layout, one, {}));
  EXPECT_EQ(fs::last_write_time(root_ / "index.json"), before);
}

TEST_F(LayoutTest, BlobsAreLinkedNotCopiedButTheManifest) {
  const auto layout = expect_value(Layout::open_or_create(root_));
  const auto one = image("one");
  publish(layout, one, {"a"});
  const auto is_linked = [&](const Digest& digest) {
    struct stat here {};
    struct stat there {};
    EXPECT_EQ(stat(layout.blobs().path_of(digest).c_str(), &here), 0);
    EXPECT_EQ(stat(store_.blobs().path_of(digest).c_str(), &there), 0);
    return here.st_ino == there.st_ino;
  };
  const auto manifest = expect_value(
      parse_manifest(expect_value(layout.blobs().read_document(one)), one.digest.text()));
  EXPECT_TRUE(is_linked(manifest.config.digest));
  EXPECT_FALSE(is_linked(one.digest)) << "skopeo writes it anew in place";
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(root_)) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("oci-layout", "index.json", "blobs"));
}

TEST_F(LayoutTest, WhatWeDoNotKnowSurvives) {
  const auto layout = expect_value(Layout::open_or_create(root_));
  ASSERT_TRUE(base::write_file(
      root_ / "index.json",
      R"({"schemaVersion":2,"future":[1],"manifests":[{"mediaType":"application/x","digest":"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad","size":3,"data":"YWJj","urls":["x"]}]})"));
  publish(layout, image("one"), {"a"});
  const auto text = *base::read_file(root_ / "index.json");
  EXPECT_THAT(text, HasSubstr(R"("future":[1])"));
  EXPECT_THAT(text, HasSubstr(R"("data":"YWJj")"));
  EXPECT_THAT(text, HasSubstr(R"("urls":["x"])"));
}

TEST_F(LayoutTest, ErrorsListWhatThereIs) {
  const auto layout = expect_value(Layout::open_or_create(root_));
  EXPECT_EQ(error_text(layout.resolve({})), root_.native() + ": the layout holds no image");
  publish(layout, image("one"), {"1.0"});
  publish(layout, image("two"), {"2.0"});
  auto result = layout.resolve({});
  EXPECT_EQ(error_text(result), root_.native() + ": the layout holds more than one image");
  EXPECT_EQ(result.error().hint, "name one of: 1.0, 2.0");
  result = layout.resolve({.tag = "3.0"});
  EXPECT_EQ(error_text(result), root_.native() + ": no image has the tag '3.0'");
  EXPECT_EQ(result.error().hint, "there is: 1.0, 2.0");
  const auto digest = content::sha256("x");
  EXPECT_EQ(error_text(layout.resolve({.digest = digest})),
            root_.native() + ": no image has the digest " + digest.text());
  const std::vector<std::string> bad = {"a b"};
  EXPECT_EQ(error_text(layout.publish(store_.blobs(), image("one"), bad)), "'a b' is not a tag");
}

TEST_F(LayoutTest, APlatformIsChosenInNestedIndexes) {
  const auto amd = image("amd", "linux/amd64");
  const auto arm = image("arm", "linux/arm64");
  const auto inner = put_index({on(amd, "linux/amd64"), on(arm, "linux/arm64/v8")});
  const auto layout = layout_of({tagged(put_index({inner}), "a")});
  const Platform arm64 = expect_value(Platform::parse("linux/arm64"));
  EXPECT_EQ(expect_value(layout.resolve({.tag = "a", .platform = arm64})).digest, arm.digest);
  EXPECT_EQ(expect_value(layout.resolve({.digest = inner.digest, .platform = arm64})).digest,
            arm.digest);
  EXPECT_EQ(expect_value(layout.resolve({.digest = amd.digest})).digest, amd.digest);
  const auto result = layout.resolve({.platform = expect_value(Platform::parse("linux/riscv64"))});
  EXPECT_THAT(error_text(result), HasSubstr("no image for linux/riscv64"));
  EXPECT_EQ(result.error().hint, "there is: linux/amd64, linux/arm64/v8");
}

TEST_F(LayoutTest, TheFirstManifestIsNotTheImage) {
  // As BuildKit lists an attestation, and as distroless had a signature first.
  const auto attestation = on(image("attestation"), "unknown/unknown");
  const auto amd = on(image("amd"), "linux/amd64");
  const auto layout = layout_of({tagged(put_index({attestation, amd}), "a")});
  EXPECT_EQ(expect_value(layout.resolve({.platform = expect_value(Platform::parse("linux/amd64"))}))
                .digest,
            amd.digest);
}

TEST_F(LayoutTest, APlatformThatIsNotStatedIsReadFromTheConfig) {
  const auto amd = image("amd", "linux/amd64");
  const auto arm = image("arm", "linux/arm/v7");
  const auto layout = layout_of({amd, arm});
  EXPECT_EQ(
      expect_value(layout.resolve({.platform = expect_value(Platform::parse("linux/arm"))})).digest,
      arm.digest);
}

TEST_F(LayoutTest, HostileIndexesEnd) {
  // A chain that is too deep; and a tower whose every floor names the one below a thousand times.
  auto chain = put_index({image("one")});
  auto tower = chain;
  for (int i = 0; i < 5; ++i) {
    chain = put_index({chain});
  }
  EXPECT_THAT(error_text(layout_of({chain}).resolve({})),
              HasSubstr("indexes are nested deeper than 4 levels"));
  for (int i = 0; i < 3; ++i) {
    tower = put_index(std::vector<Descriptor>(1000, tower));
  }
  EXPECT_EQ(expect_value(layout_of({tower}).resolve({})).digest, image("one").digest);
}

TEST_F(LayoutTest, NotALayout) {
  EXPECT_EQ(error_text(Layout::open(root_)),
            root_.native() + ": not an OCI image layout: there is nothing of this name");
  ASSERT_TRUE(base::make_directories(root_));
  EXPECT_EQ(error_text(Layout::open(root_)),
            root_.native() + ": not an OCI image layout: it has no file 'oci-layout'");
  ASSERT_TRUE(base::write_file(root_ / "precious", ""));
  EXPECT_EQ(error_text(Layout::open_or_create(root_)),
            root_.native() +
                ": not an OCI image layout: it is no empty directory either, where "
                "one could be made");
  EXPECT_EQ(error_text(Layout::open(root_ / "precious")),
            (root_ / "precious").native() + ": not an OCI image layout: it is no directory");
  ASSERT_TRUE(base::write_file(root_ / "oci-layout", R"({"imageLayoutVersion":"2.0.0"})"));
  EXPECT_EQ(error_text(Layout::open(root_)),
            (root_ / "oci-layout").native() +
                ": /imageLayoutVersion: '2.0.0' is not a version that Gantry knows (1.0.0)");
}

/// oras#149: two processes that write one index.json must not lose each other's tags.
TEST_F(LayoutTest, ManyProcessesAtOnceLoseNoTag) {
  constexpr int kTags = 20;
  const auto manifest = image("one");
  std::array<pid_t, 3> children{};
  for (std::size_t number = 0; number < children.size(); ++number) {
    children[number] = fork();
    ASSERT_GE(children[number], 0);
    if (children[number] == 0) {
      const auto layout = Layout::open_or_create(root_);
      bool good = static_cast<bool>(layout);
      for (int i = 0; good && i < kTags; ++i) {
        const std::vector<std::string> tags = {fmt::format("t{}-{}", number, i), "latest"};
        good = static_cast<bool>(layout->publish(store_.blobs(), manifest, tags));
      }
      _exit(good ? 0 : 1);
    }
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto layout = expect_value(Layout::open(root_));
  EXPECT_EQ(expect_value(layout.read_index()).manifests.size(), 3 * kTags + 1);
}

TEST_F(LayoutTest, SkopeoReadsItAndWeReadSkopeos) {
  if (!base::find_program("skopeo")) {
    GTEST_SKIP() << "needs skopeo";
  }
  const auto layout = expect_value(Layout::open_or_create(root_));
  const auto manifest = image("one");
  publish(layout, manifest, {"1.0", "latest"});
  const auto reference = "oci:" + root_.native() + ":1.0";
  const auto inspected =
      expect_value(base::run_checked({.arguments = {"skopeo", "inspect", "--format",
                                                    "{{.Digest}} {{.Architecture}}", reference}}));
  EXPECT_EQ(inspected.out, manifest.digest.text() + " amd64\n");

  const auto copy = directory_.path() / "copy";
  const auto copied = expect_value(
      base::run_checked({.arguments = {"skopeo", "--insecure-policy", "copy", "--preserve-digests",
                                       reference, "oci:" + copy.native() + ":there"}}));
  const auto theirs = expect_value(Layout::open(copy));
  EXPECT_EQ(expect_value(theirs.resolve({.tag = "there"})).digest, manifest.digest);

  // And skopeo appends to a layout of ours, which keeps both.
  const auto appended = expect_value(base::run_checked(
      {.arguments = {"skopeo", "--insecure-policy", "copy", "oci:" + copy.native() + ":there",
                     "oci:" + root_.native() + ":back"}}));
  EXPECT_EQ(expect_value(layout.resolve({.tag = "back"})).digest, manifest.digest);
  EXPECT_EQ(expect_value(layout.resolve({.tag = "latest"})).digest, manifest.digest);
}

TEST(Tag, Grammar) {
  for (const char* const tag : {"a", "1.0", "_x", "A-b_c.d"}) {
    EXPECT_TRUE(is_tag(tag)) << tag;
  }
  for (const char* const tag : {"", ".a", "-a", "a b", "a+b", "a/b", "ä"}) {
    EXPECT_FALSE(is_tag(tag)) << tag;
  }
  EXPECT_TRUE(is_tag(std::string(128, 'a')));
  EXPECT_FALSE(is_tag(std::string(129, 'a')));
}

}  // namespace
}  // namespace gantry::oci

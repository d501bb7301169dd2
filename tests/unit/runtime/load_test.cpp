#include "runtime/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "fake_engine.hpp"
#include "made_image.hpp"
#include "oci/file_source.hpp"
#include "oci/tar_reader.hpp"

namespace gantry::runtime {
namespace {

using oci::testing::TarBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kOne =
    "sha256:1111111111111111111111111111111111111111111111111111111111111111";
constexpr const char* kTwo =
    "sha256:2222222222222222222222222222222222222222222222222222222222222222";
constexpr const char* kThree =
    "sha256:3333333333333333333333333333333333333333333333333333333333333333";

std::string chain(const std::vector<std::string>& diff_ids) {
  std::string text;
  for (const auto& diff_id : diff_ids) {
    text += (text.empty() ? "[\"" : ",\"") + diff_id + "\"";
  }
  return text + "]\n";
}

TEST(LayersInCommon, AreThoseFromTheLowestOn) {
  const std::vector ours = {*content::Digest::parse(kOne), *content::Digest::parse(kTwo),
                            *content::Digest::parse(kThree)};
  EXPECT_EQ(layers_in_common("", ours), 0U);
  EXPECT_EQ(layers_in_common(chain({kOne}), ours), 1U);
  EXPECT_EQ(layers_in_common(chain({kOne, kThree}), ours), 1U);
  // On top of another one it has another chain ID.
  EXPECT_EQ(layers_in_common(chain({kTwo, kThree}), ours), 0U);
  EXPECT_EQ(layers_in_common(chain({kTwo}) + chain({kOne, kTwo}) + chain({kOne}), ours), 2U);
  EXPECT_EQ(layers_in_common(chain({kOne, kTwo, kThree, kOne}), ours), 3U);
  EXPECT_EQ(layers_in_common(chain({kOne}), {}), 0U);
}

TEST(LayersInCommon, WhatIsNoChainDoesNotCount) {
  const std::vector ours = {*content::Digest::parse(kOne), *content::Digest::parse(kTwo)};
  EXPECT_EQ(layers_in_common("null\n[]\n{}\n[1]\n[\"" + std::string(kOne) + "\nno\n", ours), 0U);
  EXPECT_EQ(layers_in_common("null\n" + chain({kOne}) + "[", ours), 1U);
}

/// Notes what it is asked for, and has none of it.
class FakeFetcher : public oci::BlobFetcher {
 public:
  explicit FakeFetcher(std::vector<std::string>& asked) : asked_(asked) {}
  base::Result<void> fetch(std::span<const oci::Descriptor> blobs,
                           const oci::BlobDirectory& /*into*/) const override {
    for (const auto& blob : blobs) {
      asked_.push_back(blob.digest.text());
    }
    return base::Error{"the registry is far away", "", ""};
  }

 private:
  std::vector<std::string>& asked_;
};

class FakeLoad : public testing::Test {
 protected:
  /// A docker that has images with these chains, with further branches of its case statement.
  void docker(const std::string& chains, const std::string& more = "") {
    ASSERT_TRUE(base::write_file(directory_->path() / "chains", chains));
    const auto at = "'" + directory_->path().native();
    engines_.add("docker",
                 "image) case \"$2 $4\" in 'ls --quiet') echo sha256:aa; echo sha256:aa ;; "
                 "*Layers*) cat " +
                     at + "/chains' ;; *) exit 1 ;; esac ;;\n" + more + "\nload) cat >" + at +
                     "/archive' ;;");
  }

  base::Result<Loaded> load() {
    return load_image("docker", made_.image,
                      {.names = {"app:1", "app:latest"},
                       .warn = [&](const base::Error& error) { warnings_ += error.what; }});
  }

  std::vector<std::string> sent() const {
    auto source = *oci::FileSource::open(directory_->path() / "archive");
    oci::TarReader reader(*source);
    std::vector<std::string> names;
    for (;;) {
      const auto entry = *reader.next();
      if (!entry) {
        return names;
      }
      names.emplace_back(entry->path);
    }
  }

  std::string diff_id(std::size_t layer) const { return made_.image.config.diff_ids[layer].text(); }
  std::string file(std::size_t layer) const {
    return made_.image.manifest.layers[layer].digest.hex() + ".tar";
  }
  std::string id() const { return made_.image.manifest.config.digest.text(); }
  std::string config() const { return made_.image.manifest.config.digest.hex() + ".json"; }

  base::Result<base::TempDir> directory_ = base::TempDir::create();
  FakeEngines engines_;
  MadeImage made_{{}, {TarBuilder().file("a", "a"), TarBuilder().file("b", "b")}};
  std::string warnings_;
};

TEST_F(FakeLoad, AnEmptyEngineGetsEverything) {
  docker("");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_FALSE(loaded->was_there);
  EXPECT_EQ(loaded->sent_layers, 2U);
  EXPECT_EQ(loaded->sent_bytes, std::filesystem::file_size(directory_->path() / "archive"));
  EXPECT_THAT(sent(), ElementsAre(config(), file(0), file(1), "manifest.json"));
}

TEST_F(FakeLoad, LayersThatItHasStayOut) {
  docker(chain({kOne}) + chain({diff_id(0), kOne}));
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->sent_layers, 1U);
  EXPECT_THAT(sent(), ElementsAre(config(), file(1), "manifest.json"));
  EXPECT_THAT(engines_.calls(), HasSubstr("{{json .RootFS.Layers}} sha256:aa\n"));
  EXPECT_EQ(warnings_, "");
}

TEST_F(FakeLoad, OnlyLayersThatItLacksAreFetched) {
  std::vector<std::string> asked;
  auto& image = made_.image;
  image.blobs = oci::BlobDirectory(image.blobs.root(), std::make_shared<FakeFetcher>(asked));
  std::filesystem::remove(image.blobs.path_of(image.manifest.layers[0].digest));
  docker(chain({diff_id(0)}));
  ASSERT_TRUE(load());
  EXPECT_THAT(asked, ElementsAre());
  docker("");
  const auto loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().what, "the registry is far away");
  EXPECT_THAT(asked, testing::Contains(image.manifest.layers[0].digest.text()));
}

TEST_F(FakeLoad, TheVeryImageOnlyGetsItsNames) {
  docker("", "tag) exit 0 ;;");
  engines_.add("docker", "image) echo " + id() + " ;;\ntag) exit 0 ;;\nload) exit 1 ;;");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_TRUE(loaded->was_there);
  EXPECT_EQ(loaded->sent_bytes, 0U);
  EXPECT_THAT(engines_.calls(),
              HasSubstr("docker tag " + id() + " app:1\ndocker tag " + id() + " app:latest\n"));
  EXPECT_THAT(engines_.calls(), Not(HasSubstr("docker load")));
}

TEST_F(FakeLoad, AnImageThatIsGoneWhenItIsToBeNamedIsSent) {
  engines_.add("docker", "image) echo " + id() + " ;;\ntag) exit 1 ;;\nload) cat >/dev/null ;;");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_FALSE(loaded->was_there);
  EXPECT_EQ(loaded->sent_layers, 2U);
}

TEST_F(FakeLoad, ContainerdsStoreGetsEverything) {
  docker(chain({diff_id(0)}),
         R"(info) echo '[["driver-type","io.containerd.snapshotter.v1"]]' ;;)");
  ASSERT_TRUE(load());
  EXPECT_THAT(sent(), ElementsAre(config(), file(0), file(1), "manifest.json"));
}

TEST_F(FakeLoad, AnEngineThatDoesNotKnowItsDriverGetsEverything) {
  docker(chain({diff_id(0)}), "info) exit 125 ;;");
  ASSERT_TRUE(load());
  EXPECT_THAT(sent(), ElementsAre(config(), file(0), file(1), "manifest.json"));
}

TEST_F(FakeLoad, ALayerThatIsMissedIsSentWithAWarning) {
  const auto archive = "'" + (directory_->path() / "archive").native() + "'";
  docker(chain({diff_id(0)}),
         "load) cat >" + archive + "; tar -tf " + archive + " | grep -q " + file(0) +
             " || { echo 'open x.tar: no such file or directory' >&2; exit 1; } ;;");
  const auto loaded = load();
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->sent_layers, 2U);
  EXPECT_EQ(warnings_,
            "docker did not take the image without the layers that it has and gets all of it: "
            "docker load failed with exit code 1:\nopen x.tar: no such file or directory");
}

TEST_F(FakeLoad, AnEngineThatReadsNoMoreSaysWhy) {
  const MadeImage large({}, {TarBuilder().file("a", std::string(1'000'000, 'a'))});
  docker("", "load) echo 'no space left on device' >&2; exit 1 ;;");
  const auto loaded = load_image("docker", large.image, {.names = {"app:1"}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().what, "docker load failed with exit code 1:\nno space left on device");
}

TEST_F(FakeLoad, ADamagedLayerIsNotLoaded) {
  docker("", "load) cat >/dev/null; exit 1 ;;");
  const auto path = made_.image.blobs.path_of(made_.image.manifest.layers[1].digest);
  const auto size = std::filesystem::file_size(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(base::write_file(path, std::string(size, 'x')));
  const auto loaded = load();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().what, HasSubstr(made_.image.manifest.layers[1].digest.text()));
}

TEST_F(FakeLoad, PodmanReadsALayoutAndForgetsItsName) {
  const auto copy = directory_->path() / "layout";
  engines_.add("podman", "image) exit 1 ;;\npull) cp -rL \"${3#oci:}\" '" + copy.native() + "' ;;");
  const auto loaded = load_image("podman", made_.image, {.names = {"app:1"}});
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->sent_layers, 2U);
  const auto opened = oci::open_image("oci:" + copy.native());
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->descriptor.digest, made_.image.descriptor.digest);
  EXPECT_THAT(engines_.calls(), HasSubstr("podman tag " + id() + " app:1\npodman untag " + id() +
                                          " localhost/gantry-load-"));
}

TEST_F(FakeLoad, PodmanThatCannotReadALayoutGetsAStream) {
  engines_.add("podman",
               "image) exit 1 ;;\npull) echo 'no such transport' >&2; exit 125 ;;\n"
               "load) cat >'" +
                   (directory_->path() / "archive").native() + "' ;;");
  std::string warning;
  const auto loaded = load_image(
      "podman", made_.image,
      {.names = {"app:1"}, .warn = [&](const base::Error& error) { warning = error.what; }});
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_THAT(sent(), ElementsAre(config(), file(0), file(1), "manifest.json"));
  EXPECT_THAT(warning, HasSubstr("no such transport"));
  EXPECT_THAT(engines_.calls(), HasSubstr("podman tag " + id() + " app:1\n"));
}

}  // namespace
}  // namespace gantry::runtime

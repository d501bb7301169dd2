#include "registry/base_image.hpp"

#include <algorithm>
#include <cstdlib>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oci/build.hpp"
#include "oci/export.hpp"
#include "oci/image.hpp"
#include "oci/layout.hpp"
#include "registry/origin_fetcher.hpp"
#include "registry_fixture.hpp"

namespace gantry::registry {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// A base of two layers in a registry, and build trees that stand on it.
class Base : public RegistryFixture {
 protected:
  /// A build tree.
  struct Tree {
    fs::path root;
    oci::BlobStore store;
  };

  void SetUp() override {
    setenv("GANTRY_CACHE_DIR", (directory_.path() / "cache").c_str(), 1);
    add_file("lower/usr/bin/sh", "shell");
    fs::create_symlink("usr/bin", directory_.path() / "lower/bin");
    add_file("upper/etc/os", "debian");
    oci::ImageSpec spec;
    spec.name = "base";
    spec.layers = {{"", "", path("lower").native()}, {"", "", path("upper").native()}};
    const auto built = oci::build_image(spec, store_, {});
    ASSERT_TRUE(built) << built.error().what;
    base_ = built->manifest;
    ASSERT_TRUE(push(base_, {"stable"}, "os/base"));
    layers_ = oci::read_image(store_.blobs(), base_)->manifest.layers;
    ASSERT_THAT(layers_, SizeIs(2));
    reference_ = registry_.host() + "/os/base:stable";
    registry_.clear_requests();
  }
  void TearDown() override { unsetenv("GANTRY_CACHE_DIR"); }

  fs::path path(const std::string& name) const { return directory_.path() / name; }

  void add_file(const std::string& name, const std::string& content) {
    ASSERT_TRUE(base::make_directories(path(name).parent_path()));
    ASSERT_TRUE(base::write_file(path(name), content));
  }

  std::shared_ptr<const oci::BlobFetcher> fetcher() const {
    ClientOptions options;
    options.retry = policy_;
    return std::make_shared<const OriginFetcher>(std::move(options));
  }

  Tree tree(const std::string& name) {
    return {path(name), *oci::BlobStore::open(path(name + "/store"), fetcher())};
  }

  /// As gantry image base does.
  base::Result<void> take_base(const Tree& tree) { return take_base(tree, base_); }
  base::Result<void> take_base(const Tree& tree, const oci::Descriptor& root,
                               std::vector<oci::Platform> platforms = {}) {
    const auto cache = oci::UserCache::from_environment();
    const CachedStore cached(tree.store, *cache ? &**cache : nullptr);
    GANTRY_CHECK(
        fetch_base(repository("os/base", Access::kPull), root, platforms, {reference_}, cached));
    const auto written =
        oci::write_image_file(tree.root / "base.image", tree.store.blobs().root(), root);
    return written ? base::Result<void>() : written.error();
  }

  base::Result<oci::BuiltImage> build(const Tree& tree, oci::ImageSpec spec) {
    const auto cache = oci::UserCache::from_environment();
    spec.name = "app";
    spec.base = {oci::ImageBase::Kind::kImageFile, (tree.root / "base.image").native()};
    oci::BuildOptions options;
    options.cache = *cache ? &**cache : nullptr;
    return oci::build_image(spec, tree.store, options);
  }

  oci::ImageSpec with_layer(const std::string& name) const {
    oci::ImageSpec spec;
    spec.layers = {{"", "", path(name).native()}};
    return spec;
  }

  std::vector<std::string> blobs_asked_for() const {
    std::vector<std::string> blobs;
    for (const auto& line : requests()) {
      if (line.starts_with("GET ") && line.find("/blobs/") != std::string::npos) {
        blobs.push_back(line.substr(line.rfind(':') + 1));
      }
    }
    std::sort(blobs.begin(), blobs.end());
    return blobs;
  }

  std::vector<std::string> layer_digits() const {
    std::vector<std::string> digits = {layers_[0].digest.hex(), layers_[1].digest.hex()};
    std::sort(digits.begin(), digits.end());
    return digits;
  }

  bool has_layers(const Tree& tree) const {
    return tree.store.blobs().contains(layers_[0]) || tree.store.blobs().contains(layers_[1]);
  }

  oci::Descriptor base_;
  std::vector<oci::Descriptor> layers_;
  std::string reference_;
};

TEST_F(Base, OnlyWhatDescribesItIsFetched) {
  const auto one = tree("one");
  const auto taken = take_base(one);
  ASSERT_TRUE(taken) << taken.error().what;
  EXPECT_THAT(requests(), ElementsAre(StartsWith("GET /v2/os/base/manifests/sha256:"),
                                      StartsWith("GET /v2/os/base/blobs/sha256:")));
  EXPECT_FALSE(has_layers(one));
  registry_.clear_requests();
  ASSERT_TRUE(take_base(one));
  ASSERT_TRUE(take_base(tree("two")));  // from the cache
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(Base, OfAnIndexWhatDescribesThePlatform) {
  oci::Index index;
  index.manifests = {base_, make_image({"another"})};
  index.manifests[0].platform = oci::Platform{"linux", "amd64", ""};
  index.manifests[1].platform = oci::Platform{"linux", "arm64", ""};
  const auto root = put(oci::to_json(index), oci::media_type::kIndex);
  ASSERT_TRUE(push(root, {"multi"}, "os/base"));
  registry_.clear_requests();
  const auto one = tree("one");
  const auto taken = take_base(one, root, {{"linux", "arm64", ""}});
  ASSERT_TRUE(taken) << taken.error().what;
  EXPECT_THAT(requests(), SizeIs(3));  // index, manifest, configuration
  const auto missing = take_base(one, root, {{"linux", "riscv64", ""}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what, "no image for linux/riscv64");
  EXPECT_EQ(missing.error().where, reference_);
  EXPECT_EQ(missing.error().hint, "there is: linux/amd64, linux/arm64");
}

TEST_F(Base, WhoAddsNothingIsPublishedByMounts) {
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  oci::ImageSpec spec;
  spec.entrypoint = {"/bin/sh"};
  const auto built = build(one, spec);
  ASSERT_TRUE(built) << built.error().what;
  EXPECT_EQ(built->layers, 2U);
  registry_.clear_requests();
  // Without what the user's cache has seen: the origins say where the layers are.
  auto locations =
      BlobLocations::open({}, session_.registry(), BlobOrigins(one.store.blobs().root()));
  const auto pushed = push_image(repository("me/app"), one.store.blobs(), built->manifest,
                                 std::vector<std::string>{"1"}, locations);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(pushed->sent_blobs, 1U);  // the configuration
  EXPECT_THAT(blobs_asked_for(), IsEmpty());
  EXPECT_FALSE(has_layers(one));
  EXPECT_TRUE(registry_.has_blob("me/app", layers_[0].digest));
  EXPECT_TRUE(registry_.has_blob("me/app", layers_[1].digest));
}

TEST_F(Base, ARegistryThatMountsNothingGetsTheBytes) {
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  oci::ImageSpec spec;
  spec.entrypoint = {"/bin/sh"};
  const auto built = build(one, spec);
  ASSERT_TRUE(built);
  set_quirk("mount=ignored");
  registry_.clear_requests();
  auto locations =
      BlobLocations::open({}, session_.registry(), BlobOrigins(one.store.blobs().root()));
  const auto pushed = push_image(repository("me/app"), one.store.blobs(), built->manifest,
                                 std::vector<std::string>{"1"}, locations);
  ASSERT_TRUE(pushed) << pushed.error().what;
  EXPECT_EQ(pushed->sent_blobs, 3U);
  EXPECT_EQ(blobs_asked_for(), layer_digits());
}

TEST_F(Base, WhoAddsFilesFetchesLayersOnce) {
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  registry_.clear_requests();
  add_file("own/bin/app", "app");
  const auto built = build(one, with_layer("own"));
  ASSERT_TRUE(built) << built.error().what;
  EXPECT_EQ(blobs_asked_for(), layer_digits());
  const auto image = oci::read_image(one.store.blobs(), built->manifest);
  const auto own = one.store.find_tree(image->manifest.layers.back().digest);
  ASSERT_TRUE(*own);
  EXPECT_NE(content::find_entry(**own, "usr/bin/app"), nullptr);  // through the base's bin
  registry_.clear_requests();
  ASSERT_TRUE(build(one, with_layer("own")));
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(Base, ItsNamesAreStillCompared) {
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  add_file("own/etc/os/name", "x");
  const auto built = build(one, with_layer("own"));
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().what, "'etc/os' is a directory in directory '" + path("own").native() +
                                    "', but a file in the base 'base'");
}

TEST_F(Base, PrebuiltFilesGoThroughItsLinksToo) {
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  add_file("data", "x");
  oci::ImageSpec spec;
  spec.prebuilt = {{path("data").native(), "/bin/data"}};
  const auto built = build(one, spec);
  ASSERT_TRUE(built) << built.error().what;
  const auto image = oci::read_image(one.store.blobs(), built->manifest);
  const auto own = one.store.find_tree(image->manifest.layers.back().digest);
  ASSERT_TRUE(*own);
  EXPECT_NE(content::find_entry(**own, "usr/bin/data"), nullptr);
}

TEST_F(Base, ASecondBuildTreeNeedsNoLayers) {
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  add_file("own/bin/app", "app");
  const auto first = build(one, with_layer("own"));
  ASSERT_TRUE(first);
  registry_.clear_requests();
  const auto two = tree("two");
  ASSERT_TRUE(take_base(two));
  add_file("other/bin/app", "other");
  const auto second = build(two, with_layer("other"));
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_THAT(second->warnings, IsEmpty());
  EXPECT_THAT(requests(), IsEmpty());
  EXPECT_FALSE(has_layers(two));  // their names came from the cache, which has their bytes too
  const auto image = oci::read_image(two.store.blobs(), second->manifest);
  const auto exported = oci::export_image(
      oci::Image{two.store.blobs(), image->descriptor, image->manifest, image->config},
      base::open_file(path("out.tar"), O_WRONLY | O_CREAT | O_CLOEXEC)->get(), path("out.tar"));
  ASSERT_TRUE(exported) << exported.error().what;
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(Base, ReadingFetches) {
  setenv("GANTRY_CACHE_DIR", "", 1);
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  registry_.clear_requests();
  const auto layout = oci::Layout::open_or_create(path("layout"));
  ASSERT_TRUE(layout);
  const auto published =
      layout->publish(one.store.blobs(), base_, std::vector<std::string>{"stable"});
  ASSERT_TRUE(published) << published.error().what;
  EXPECT_EQ(blobs_asked_for(), layer_digits());
  for (const auto& layer : layers_) {
    EXPECT_TRUE(layout->blobs().verify(layer));
    EXPECT_EQ(fs::hard_link_count(layout->blobs().path_of(layer.digest)), 2U);
  }
}

TEST_F(Base, TwoWhoNeedALayerFetchItOnce) {
  setenv("GANTRY_CACHE_DIR", "", 1);
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  registry_.clear_requests();
  add_fault("method=GET,target=/blobs/,times=9,delay=50");
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      const oci::BlobDirectory blobs(one.store.blobs().root(), fetcher());
      EXPECT_TRUE(blobs.bring(layers_));
    });
  }
  for (auto& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(blobs_asked_for(), layer_digits());
}

TEST_F(Base, WhatAKilledProcessHasLeftIsGoneOnFrom) {
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  const auto whole = base::read_file(store_.blobs().path_of(layers_[0].digest));
  const auto partial = one.store.blobs().root() / "tmp" / ("partial-" + layers_[0].digest.hex());
  ASSERT_TRUE(base::write_file(partial, whole->substr(0, whole->size() / 2)));
  registry_.clear_requests();
  const auto fd = one.store.blobs().open_blob(layers_[0]);
  ASSERT_TRUE(fd) << fd.error().what;
  const auto recorded = registry_.requests();
  ASSERT_THAT(recorded, SizeIs(1));
  EXPECT_EQ(recorded[0].request.headers.get("Range"),
            "bytes=" + std::to_string(whole->size() / 2) + "-");
  EXPECT_TRUE(one.store.blobs().verify(layers_[0]));
}

TEST_F(Base, OfflineTheErrorSaysWhatIsMissing) {
  const auto one = tree("one");
  std::string host;
  {
    const auto gone = test_registry::TestRegistry::start();
    host = gone->host();
  }
  ASSERT_TRUE(take_base(one));
  ASSERT_TRUE(BlobOrigins(one.store.blobs().root()).record(layers_, {host + "/os/base:stable"}));
  add_file("own/bin/app", "app");
  const auto built = build(one, with_layer("own"));
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().what,
              AllOf(StartsWith("layer sha256:"),
                    HasSubstr(" of the base '" + host +
                              "/os/base:stable' is neither in the store nor in the cache, and "
                              "cannot be fetched: no answer from http://" +
                              host)));
  oci::ImageSpec spec;
  spec.entrypoint = {"/bin/sh"};
  EXPECT_TRUE(build(one, spec));  // needs none
}

TEST_F(Base, PinnedAndGone) {
  auto gone = base_;
  gone.digest = content::sha256("gone");
  const auto taken = take_base(tree("one"), gone);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().what,
            "the document " + gone.digest.text() + " of the base '" + reference_ +
                "' is neither in the store nor in the cache, and cannot be fetched: the registry "
                "does not have it any more");
  EXPECT_THAT(taken.error().hint, HasSubstr("update_bases"));
}

TEST_F(Base, WrongBytesNeverGetIntoTheStore) {
  const auto one = tree("one");
  ASSERT_TRUE(take_base(one));
  add_fault("method=GET,target=/blobs/,times=9,wrong-byte-at=10");
  const auto fd = one.store.blobs().open_blob(layers_[0]);
  ASSERT_FALSE(fd);
  EXPECT_THAT(fd.error().what, HasSubstr("other bytes than those of blob"));
  EXPECT_FALSE(has_layers(one));
}

TEST_F(Base, WhatIsLookedUpIsNotAskedForAgain) {
  const auto one = tree("one");
  const auto now = look_up(repository("os/base", Access::kPull), "stable");
  ASSERT_TRUE(now);
  ASSERT_TRUE(keep_document(*now, CachedStore(one.store, nullptr)));
  ASSERT_TRUE(take_base(one, now->descriptor));
  EXPECT_THAT(requests(), ElementsAre("GET /v2/os/base/manifests/stable",
                                      StartsWith("GET /v2/os/base/blobs/sha256:")));
  const auto absent = look_up(repository("os/base", Access::kPull), "absent");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().what, "the registry has no image 'absent'");
}

}  // namespace
}  // namespace gantry::registry

#include "vm/checkpoint_transfer.hpp"

#include <algorithm>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "oci/layout.hpp"
#include "saved_checkpoint.hpp"
#include "vm/space.hpp"

namespace gantry::vm {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class CheckpointTransferTest : public testing::Test {
 protected:
  CheckpointTransferTest() {
    for (std::size_t i = 0; i < memory_.size(); i += 3) {
      memory_[i] = static_cast<char>(i * 2654435761U >> 24);
    }
    first_ = save_checkpoint(store_, directory_.path(), 'a', memory_);
    auto later = memory_;
    later.replace(900'000, 5, "later");
    second_ = save_checkpoint(store_, directory_.path(), 'b', later, first_.key);
  }

  fs::path layout() const { return directory_.path() / "layout"; }

  /// With all its layers, in a layout.
  PackedCheckpoint publish(const Store& store, const Checkpoint& checkpoint) {
    auto packer = *PackedCheckpoints::open(store);
    const auto packed = packer.pack(checkpoint);
    EXPECT_TRUE(packed) << packed.error().what;
    for (const auto& layer : packed->layers) {
      EXPECT_TRUE(packer.make(layer));
    }
    const auto there = oci::Layout::open_or_create(layout());
    const std::vector<std::string> tags{"latest"};
    EXPECT_TRUE(there->publish(packer.blobs().blobs(), packed->manifest, tags));
    return *packed;
  }

  base::Result<UnpackedCheckpoint> pull(const Store& store,
                                        const Platform& here = test_platform()) {
    return pull_checkpoint_from_layout(store, "oci:" + layout().native() + ":latest", here);
  }

  void overwrite(const fs::path& path, off_t at, std::string_view text) {
    usleep(20'000);  // longer than a tick of the kernel's clock
    const base::Fd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(pwrite(fd.get(), text.data(), text.size(), at), static_cast<ssize_t>(text.size()));
  }

  base::TempDir directory_ = *base::TempDir::create();
  Store store_ = *Store::open(directory_.path() / "store");
  Store other_ = *Store::open(directory_.path() / "other");
  std::string memory_ = std::string(1'000'000, 'm');
  Checkpoint first_;
  Checkpoint second_;
};

void expect_same(const Store& store, const Store& other, const Checkpoint& checkpoint) {
  const auto found = other.find(checkpoint.key);
  ASSERT_TRUE(found) << found.error().what;
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->files, checkpoint.files);
  for (const auto& file : checkpoint.files) {
    EXPECT_EQ(*base::read_file(other.directory_of(checkpoint.key) / file.name),
              *base::read_file(store.directory_of(checkpoint.key) / file.name));
  }
  const auto state = other.state_of(**found);
  ASSERT_TRUE(state) << state.error().what;
  const auto& input = state->disks[0].back().path;
  EXPECT_TRUE(input.native().starts_with(other.root().native())) << input;
  EXPECT_EQ(*base::read_file(input), std::string(70'001, 'd'));
}

TEST_F(CheckpointTransferTest, AllThatACheckpointStandsOnComesWithIt) {
  const auto packed = publish(store_, second_);
  const auto pulled = pull(other_);
  ASSERT_TRUE(pulled) << pulled.error().what << pulled.error().where;
  EXPECT_EQ(pulled->checkpoint.key, second_.key);
  EXPECT_EQ(pulled->fetched_layers, packed.layers.size());
  expect_same(store_, other_, first_);
  expect_same(store_, other_, second_);
  EXPECT_TRUE(fs::is_empty(other_.root() / "work"));
  EXPECT_EQ(pull(other_)->fetched_layers, 0U) << "what is there was fetched again";
}

TEST_F(CheckpointTransferTest, OnlyWhatIsMissingIsFetched) {
  publish(store_, first_);
  ASSERT_TRUE(pull(other_));
  const auto packed = publish(store_, second_);
  const auto pulled = pull(other_);
  ASSERT_TRUE(pulled) << pulled.error().what;
  EXPECT_EQ(pulled->fetched_layers, 1U);
  EXPECT_LT(pulled->fetched_bytes, 10'000U);
  EXPECT_EQ(packed.own_layers.size(), 1U);
  expect_same(store_, other_, second_);
}

TEST_F(CheckpointTransferTest, AChildNamesTheLayersAndTheManifestOfItsParent) {
  const auto first = publish(store_, first_);
  const auto second = publish(store_, second_);
  ASSERT_LT(first.layers.size(), second.layers.size());
  EXPECT_TRUE(std::equal(first.layers.begin(), first.layers.end(), second.layers.begin()));
  const auto there = oci::Layout::open(layout());
  const auto manifest =
      oci::parse_manifest(*there->blobs().read_document(second.manifest), "manifest");
  EXPECT_EQ(manifest->artifact_type, kCheckpointArtifact);
  EXPECT_EQ(manifest->annotations.at(std::string(kCheckpointParent)), first.manifest.digest.text());
  EXPECT_EQ(manifest->annotations.at(std::string(kCheckpointKey)), second_.key);
}

TEST_F(CheckpointTransferTest, WhatWasPulledIsPackedAsItWas) {
  const auto packed = publish(store_, second_);
  ASSERT_TRUE(pull(other_));
  auto packer = *PackedCheckpoints::open(other_);
  const auto again = packer.pack(**other_.find(second_.key));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->manifest.digest, packed.manifest.digest);
  // By its record: nothing was packed.
  EXPECT_FALSE(packer.blobs().blobs().contains(packed.own_layers[0]));
  for (const auto& layer : again->layers) {
    EXPECT_TRUE(*packer.make(layer));
    EXPECT_FALSE(*packer.make(layer));
  }
  ASSERT_TRUE(packer.discard());
  EXPECT_FALSE(packer.blobs().blobs().contains(packed.own_layers[0]));
}

TEST_F(CheckpointTransferTest, AnotherBuildOfTheParentIsNotGoneOnFrom) {
  publish(store_, second_);
  save_checkpoint(other_, directory_.path(), 'a', memory_ + "other");
  const auto pulled = pull(other_);
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().what,
            "the store has another build of the checkpoint stage-a (aaaaaaaaaaaa)");
  EXPECT_FALSE(fs::exists(other_.directory_of(second_.key)));
}

TEST_F(CheckpointTransferTest, ABuildOfTheSameKeyIsPackedAnew) {
  const auto packed = publish(store_, first_);
  fs::remove_all(store_.directory_of(first_.key));
  const auto again = save_checkpoint(store_, directory_.path(), 'a', memory_ + "other");
  EXPECT_NE(publish(store_, again).own_layers, packed.own_layers);
}

TEST_F(CheckpointTransferTest, AnotherPlatformsCheckpointIsNotTaken) {
  publish(store_, second_);
  auto here = test_platform();
  here.qemu_version = "9.1";
  const auto pulled = pull(other_, here);
  ASSERT_FALSE(pulled);
  EXPECT_THAT(pulled.error().what, HasSubstr("with another version of QEMU: 7.2.22, and here is"));
  EXPECT_FALSE(fs::exists(other_.directory_of(first_.key)));
}

TEST_F(CheckpointTransferTest, ADamagedLayerIsFoundAndNothingIsKept) {
  const auto packed = publish(store_, second_);
  const auto there = oci::Layout::open(layout());
  for (const auto& layer : packed.layers) {
    const auto path = there->blobs().path_of(layer.digest);
    const auto whole = *base::read_file(path);
    for (const std::size_t at : {std::size_t{0}, whole.size() / 2, whole.size() - 1}) {
      auto damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 4);
      ASSERT_TRUE(base::write_file(path, damaged));
      EXPECT_THAT(pull(other_).error().where, HasSubstr(layer.digest.hex()));
      EXPECT_FALSE(fs::exists(other_.directory_of(second_.key)));
    }
    fs::remove(path);
    EXPECT_FALSE(pull(other_));
    ASSERT_TRUE(base::write_file(path, whole));
  }
  EXPECT_TRUE(fs::is_empty(other_.root() / "work"));
  EXPECT_TRUE(pull(other_));
}

/// Who made the artifact may have lied about all that is in it, with digests that are right.
class ForgedCheckpointTest : public CheckpointTransferTest {
 protected:
  std::string said_of(const std::function<void(json& config, oci::Manifest& manifest)>& forge) {
    const auto packed = publish(store_, second_);
    auto packer = *PackedCheckpoints::open(store_);
    const auto& blobs = packer.blobs();
    auto manifest = *oci::parse_manifest(*blobs.blobs().read_document(packed.manifest), "");
    auto config = json::parse(*blobs.blobs().read_document(manifest.config));
    forge(config, manifest);
    manifest.config = *blobs.put(config.dump(), kCheckpointConfig);
    const auto forged = *blobs.put(oci::to_json(manifest), oci::media_type::kManifest);
    const std::vector<std::string> tags{"latest"};
    EXPECT_TRUE(oci::Layout::open_or_create(layout())->publish(blobs.blobs(), forged, tags));
    const auto fresh = *Store::open(directory_.path() / ("fresh" + std::to_string(forged_++)));
    const auto pulled = pull(fresh);
    EXPECT_TRUE(fs::is_empty(fresh.root() / "checkpoints")) << "something was taken";
    return pulled ? "nothing" : pulled.error().what;
  }

 private:
  int forged_ = 0;
};

TEST_F(ForgedCheckpointTest, IsNotTaken) {
  const auto stage = [](json& config, std::size_t number) -> json& {
    return config["stages"][number]["checkpoint"];
  };
  const auto forged = [&](json& config) -> json& { return stage(config, 0)["files"]; };
  // The second stage says that it went on from the first as it is told of.
  const auto seal = [&](json& config) {
    std::string text = "\n";
    for (const auto& file : forged(config)) {
      text += fmt::format("{} {} {}\n", file["name"].get<std::string>(),
                          file["size"].get<std::uint64_t>(),
                          file["digest"].get<std::string>().substr(7));
    }
    stage(config, 1)["parentBuild"] = content::sha256(text).hex();
  };
  EXPECT_THAT(said_of([&](json& config, auto&) {
                forged(config)[0]["digest"] = content::sha256("x").text();
              }),
              HasSubstr("did not go on from the one before it"));
  EXPECT_THAT(said_of([&](json& config, auto&) {
                forged(config)[0]["digest"] = content::sha256("x").text();
                seal(config);
              }),
              HasSubstr("is not as it was saved: its digest is"));
  EXPECT_THAT(said_of([&](json& config, auto&) {
                forged(config)[0]["size"] = 500'000;
                seal(config);
              }),
              HasSubstr("beyond the end of its file"));
  EXPECT_THAT(said_of([&](json& config, auto&) {
                forged(config).erase(0);
                seal(config);
              }),
              HasSubstr("this is no pack of a checkpoint"));
  EXPECT_THAT(said_of([](json& config, auto&) { config["inputs"][0]["size"] = 70'002; }),
              HasSubstr("not the pages that it names"));
  EXPECT_THAT(
      said_of([](json& config, auto&) { config["inputs"][0]["name"] = std::string(64, '0'); }),
      HasSubstr("is not what its name says"));
  EXPECT_THAT(said_of([](json& config, auto& manifest) {
                std::swap(manifest.layers[0], manifest.layers[1]);
                static_cast<void>(config);
              }),
              HasSubstr("this is no pack of a checkpoint"));
  EXPECT_THAT(
      said_of([&](json& config, auto&) { stage(config, 1)["parent"] = std::string(64, 'c'); }),
      HasSubstr("did not go on from the one before it"));
  EXPECT_THAT(said_of([](json& config, auto& manifest) {
                config["inputs"] = json::array();
                config["stages"][0]["layers"] = json::array({0});
                config["stages"][1]["layers"] = json::array({1});
                manifest.layers.erase(manifest.layers.begin());
              }),
              HasSubstr("has not come with the checkpoint"));
}

TEST_F(CheckpointTransferTest, NothingIsFetchedWhereThereIsNoRoom) {
  const auto packed = publish(store_, second_);
  const auto there = *PackedCheckpoints::open(store_);
  const auto& blobs = there.blobs().blobs();
  PublishedCheckpoint published;
  published.manifest = *oci::parse_manifest(*blobs.read_document(packed.manifest), "");
  published.config = *blobs.read_document(published.manifest.config);
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 36;
  for (auto& layer : published.manifest.layers) {
    layer.size = kLargest;
  }
  published.fetch = [](const auto&, auto&) -> base::Result<fs::path> {
    return base::Error{"it was fetched", "", ""};
  };
  const auto pulled =
      unpack_checkpoint(published, other_, *PackedCheckpoints::open(other_), test_platform());
  ASSERT_FALSE(pulled);
  // Some machine may have it.
  const bool is_room = room_in(other_.root()) > kLargest * published.manifest.layers.size();
  EXPECT_THAT(pulled.error().what,
              HasSubstr(is_room ? "it was fetched"
                                : "there is not enough room: 206 GB may be needed "
                                  "(206 GB for what is fetched), and "));
}

TEST_F(CheckpointTransferTest, ADamagedRecordCostsPackingAgain) {
  const auto packed = publish(store_, second_);
  for (const auto& entry : fs::directory_iterator(store_.root() / "packed" / "records")) {
    overwrite(entry.path(), 0, "!");
  }
  EXPECT_EQ(publish(store_, second_).manifest.digest, packed.manifest.digest);
}

TEST_F(CheckpointTransferTest, AChangedInputIsNotPacked) {
  overwrite(first_.guest.disks[0].path, 70, "!");
  auto packer = *PackedCheckpoints::open(store_);
  const auto packed = packer.pack(second_);
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().what, "what guests boot from is not as it was copied into the store");
}

}  // namespace
}  // namespace gantry::vm

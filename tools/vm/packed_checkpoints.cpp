#include "vm/packed_checkpoints.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/parallel.hpp"
#include "base/text.hpp"
#include "vm/known_file.hpp"
#include "vm/portable_checkpoint.hpp"
#include "vm/window_pack.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::size_t kMostLayersOfItem = 8;
// Bytes before they are compressed.
constexpr std::uint64_t kLeastLayer = std::uint64_t{64} << 20;
constexpr std::uint64_t kLeastLayerOfDelta = std::uint64_t{512} << 20;
constexpr std::size_t kMostStages = kMostLayers;

/// In as many parts as are worth transferring at a time, each of consecutive windows.
std::vector<std::span<const WindowPages>> parts_of(std::span<const WindowPages> windows,
                                                   std::uint64_t least) {
  const std::uint64_t total = windows.size() * kPackWindow;
  const auto most = std::max(least, (total + kMostLayersOfItem - 1) / kMostLayersOfItem);
  const auto count = static_cast<std::size_t>((most + kPackWindow - 1) / kPackWindow);
  std::vector<std::span<const WindowPages>> parts;
  for (std::size_t begin = 0; begin < windows.size(); begin += count) {
    parts.push_back(windows.subspan(begin, std::min(count, windows.size() - begin)));
  }
  return parts;
}

Result<oci::Descriptor> write_layer(const oci::BlobStore& blobs,
                                    std::span<const WindowPages> windows,
                                    std::span<const fs::path> files) {
  GANTRY_TRY(auto writer, blobs.create());
  content::Sha256 hash;
  GANTRY_CHECK(write_pack(windows, files, [&](std::span<const std::byte> bytes) {
    hash.update(bytes);
    return writer.write(bytes);
  }));
  oci::Descriptor layer;
  layer.media_type = kCheckpointLayer;
  layer.digest = hash.finish();
  layer.size = writer.size();
  GANTRY_CHECK(blobs.commit(std::move(writer), layer.digest));
  return layer;
}

/// When the checkpoint got its name.
Result<std::string> time_of(const fs::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return base::errno_error("look at", path);
  }
  return base::format_time(status.st_mtim.tv_sec);
}

std::vector<std::size_t> numbers(std::size_t begin, std::size_t count) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(begin + i);
  }
  return result;
}

}  // namespace

Result<PackedCheckpoints> PackedCheckpoints::open(const Store& store) {
  const auto root = store.root() / "packed";
  GANTRY_CHECK(base::make_directories(root / "records"));
  GANTRY_TRY(auto lock, base::FileLock::acquire(root / "lock", base::FileLock::Mode::kExclusive));
  GANTRY_TRY(auto blobs, oci::BlobStore::open(root));
  return PackedCheckpoints(store, std::move(blobs), std::move(lock));
}

fs::path PackedCheckpoints::record_path(const std::string& text) const {
  return blobs_.blobs().root() / "records" / content::sha256(text).hex();
}

Result<std::vector<Checkpoint>> PackedCheckpoints::chain_of(const Checkpoint& checkpoint) const {
  std::vector<Checkpoint> chain{checkpoint};
  while (!chain.back().parent.empty()) {
    if (chain.size() == kMostStages) {
      return base::Error{fmt::format("more than {} checkpoints stand on each other", kMostStages),
                         store_.root().native(), "do more in each of them"};
    }
    GANTRY_TRY(auto parent, store_.parent_of(chain.back()));
    chain.push_back(std::move(parent));
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

Result<PackedCheckpoints::Item> PackedCheckpoints::input_item(const std::string& name) const {
  Item item;
  item.record = record_path("input " + name);
  item.files = {store_.root() / "inputs" / name};
  item.input.name = name;
  GANTRY_TRY(const bool there, store_.has_input(name));
  if (!there) {
    return base::Error{"what a guest boots from is not there", item.files.front().native(),
                       "build what was made of it again"};
  }
  if (auto record = read_pack_record(item.record)) {
    item.packed = *std::move(record);
  } else {
    std::error_code failure;
    item.packed.size = fs::file_size(item.files.front(), failure);
    GANTRY_TRY(item.packed.digest, sparse_digest(item.files.front()));
  }
  item.input.size = item.packed.size;
  item.input.digest = item.packed.digest;
  return item;
}

/// A record is of what is in a stage and in all before it: the same key can come to be built twice.
Result<void> PackedCheckpoints::collect(const std::vector<Checkpoint>& chain) {
  std::string all;
  std::set<std::string> names;
  for (const auto& checkpoint : chain) {
    GANTRY_TRY(auto portable, make_portable(checkpoint, store_.root()));
    names.insert(portable.inputs.begin(), portable.inputs.end());
    all += portable.json;
    const auto directory = store_.directory_of(checkpoint.key);
    Item item;
    item.record = record_path(all);
    for (const auto& file : checkpoint.files) {
      item.files.push_back(directory / file.name);
    }
    item.stage.memory_is_delta = !stages_.empty();
    if (item.stage.memory_is_delta) {
      item.memory_before = store_.directory_of(checkpoint.parent) / kMemoryFile;
    }
    item.stage.checkpoint = std::move(portable.json);
    if (auto record = read_pack_record(item.record)) {
      item.packed = *std::move(record);
    } else {
      GANTRY_TRY(item.packed.created, time_of(directory / kDescriptionFile));
    }
    item.stage.created = item.packed.created;
    stages_.push_back(std::move(item));
    keys_.push_back(checkpoint.key);
  }
  for (const auto& name : names) {
    GANTRY_TRY(auto item, input_item(name));
    inputs_.push_back(std::move(item));
  }
  return {};
}

Result<void> PackedCheckpoints::make_packs(Item& item) {
  std::vector<WindowPages> windows;
  for (std::size_t i = 0; i < item.files.size(); ++i) {
    const auto before = item.files[i].filename() == kMemoryFile ? item.memory_before : fs::path();
    GANTRY_TRY(const auto pages,
               changed_pages(item.files[i], before, static_cast<std::uint32_t>(i)));
    windows.insert(windows.end(), pages.begin(), pages.end());
  }
  const auto parts =
      parts_of(windows, item.memory_before.empty() ? kLeastLayer : kLeastLayerOfDelta);
  std::vector<oci::Descriptor> layers(parts.size());
  GANTRY_CHECK(base::parallel_for(parts.size(), 0, [&](std::size_t part) -> Result<void> {
    GANTRY_TRY(layers[part], write_layer(blobs_, parts[part], item.files));
    return {};
  }));
  made_.insert(made_.end(), layers.begin(), layers.end());
  item.packed.layers = std::move(layers);
  return write_pack_record(item.record, item.packed);
}

/// Of the first stages; parent is the digest of the manifest of all but the last of them.
Result<oci::Descriptor> PackedCheckpoints::write_manifest(std::size_t stages,
                                                          const std::string& parent) const {
  oci::Manifest manifest;
  CheckpointArtifact artifact;
  for (const auto& item : inputs_) {
    artifact.inputs.push_back(item.input);
    artifact.inputs.back().layers = numbers(manifest.layers.size(), item.packed.layers.size());
    manifest.layers.insert(manifest.layers.end(), item.packed.layers.begin(),
                           item.packed.layers.end());
  }
  for (std::size_t i = 0; i < stages; ++i) {
    const auto& layers = stages_[i].packed.layers;
    artifact.stages.push_back(stages_[i].stage);
    artifact.stages.back().layers = numbers(manifest.layers.size(), layers.size());
    manifest.layers.insert(manifest.layers.end(), layers.begin(), layers.end());
  }
  manifest.artifact_type = kCheckpointArtifact;
  manifest.annotations["org.opencontainers.image.created"] = stages_[stages - 1].stage.created;
  manifest.annotations[std::string(kCheckpointKey)] = keys_[stages - 1];
  if (!parent.empty()) {
    manifest.annotations[std::string(kCheckpointParent)] = parent;
  }
  if (manifest.layers.size() > kMostLayers) {
    return base::Error{fmt::format("the checkpoint has {} layers, and {} are the most",
                                   manifest.layers.size(), kMostLayers),
                       store_.root().native(), "do more in each of the checkpoints it stands on"};
  }
  GANTRY_TRY(manifest.config, blobs_.put(to_json(artifact), kCheckpointConfig));
  return blobs_.put(oci::to_json(manifest), oci::media_type::kManifest);
}

Result<PackedCheckpoint> PackedCheckpoints::pack(const Checkpoint& checkpoint) {
  inputs_.clear();
  stages_.clear();
  keys_.clear();
  GANTRY_TRY(const auto chain, chain_of(checkpoint));
  GANTRY_CHECK(collect(chain));
  PackedCheckpoint packed;
  for (auto* const items : {&inputs_, &stages_}) {
    for (auto& item : *items) {
      // A record that a file was lost of is as good as none.
      if (!read_pack_record(item.record)) {
        GANTRY_CHECK(make_packs(item));
      }
      packed.layers.insert(packed.layers.end(), item.packed.layers.begin(),
                           item.packed.layers.end());
    }
  }
  std::string parent;
  for (std::size_t stages = 1; stages <= stages_.size(); ++stages) {
    GANTRY_TRY(packed.manifest, write_manifest(stages, parent));
    parent = packed.manifest.digest.text();
  }
  packed.manifest.artifact_type = kCheckpointArtifact;
  packed.own_layers = stages_.back().packed.layers;
  return packed;
}

Result<bool> PackedCheckpoints::make(const oci::Descriptor& layer) {
  if (blobs_.blobs().contains(layer)) {
    return false;
  }
  for (auto* const items : {&inputs_, &stages_}) {
    for (auto& item : *items) {
      const auto& layers = item.packed.layers;
      if (std::none_of(layers.begin(), layers.end(),
                       [&layer](const auto& one) { return one.digest == layer.digest; })) {
        continue;
      }
      GANTRY_CHECK(make_packs(item));
      if (!blobs_.blobs().contains(layer)) {
        return base::Error{fmt::format("a layer of the checkpoint was packed otherwise before: {}",
                                       layer.digest.text()),
                           item.record.native(),
                           "another version of zstd may be here now; try it once more"};
      }
      return true;
    }
  }
  return base::Error{fmt::format("the checkpoint has no layer {}", layer.digest.text()),
                     store_.root().native(), ""};
}

Result<void> PackedCheckpoints::discard() {
  for (const auto& layer : made_) {
    GANTRY_CHECK(base::remove_tree(blobs_.blobs().path_of(layer.digest)));
  }
  made_.clear();
  return {};
}

Result<void> PackedCheckpoints::remember(const CheckpointArtifact& artifact,
                                         const std::vector<oci::Descriptor>& layers) const {
  const auto record = [&](const fs::path& path, const std::vector<std::size_t>& numbers,
                          PackRecord packed) {
    for (const auto number : numbers) {
      packed.layers.push_back(layers[number]);
      packed.layers.back().annotations.clear();
    }
    return write_pack_record(path, packed);
  };
  for (const auto& input : artifact.inputs) {
    GANTRY_CHECK(record(record_path("input " + input.name), input.layers,
                        {{}, {}, input.size, input.digest}));
  }
  std::string all;
  for (const auto& stage : artifact.stages) {
    all += stage.checkpoint;
    GANTRY_CHECK(record(record_path(all), stage.layers, {{}, stage.created, 0, {}}));
  }
  return {};
}

}  // namespace gantry::vm

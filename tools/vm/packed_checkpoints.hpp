#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"
#include "oci/blob_store.hpp"
#include "vm/checkpoint.hpp"
#include "vm/checkpoint_artifact.hpp"
#include "vm/pack_record.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

/// A checkpoint as an OCI artifact: its manifest, and which of its layers are of itself alone, not
/// of the one that it went on from, nor inputs.
struct PackedCheckpoint {
  oci::Descriptor manifest;
  std::vector<oci::Descriptor> layers;
  std::vector<oci::Descriptor> own_layers;
};

/// The checkpoints of a store as they travel, below its directory "packed": documents, packs as
/// long as they are needed, and records of those that were made. One process at a time has it.
class PackedCheckpoints {
 public:
  /// Waits until no other process has it. store must outlive it.
  static base::Result<PackedCheckpoints> open(const Store& store);

  const oci::BlobStore& blobs() const { return blobs_; }

  /// Writes the manifest of a checkpoint of the store. What was never packed is packed now; what
  /// was is only named, and may have to be made.
  base::Result<PackedCheckpoint> pack(const Checkpoint& checkpoint);

  /// Packs a layer again that pack() has named, unless it is there. True if it was not.
  base::Result<bool> make(const oci::Descriptor& layer);

  /// Removes the packs that this object has made.
  base::Result<void> discard();

  /// Keeps which layers stages that have come from elsewhere are packed in, and inputs.
  base::Result<void> remember(const CheckpointArtifact& artifact,
                              const std::vector<oci::Descriptor>& layers) const;

 private:
  /// An input or a stage.
  struct Item {
    std::filesystem::path record;              // where its PackRecord is kept
    std::vector<std::filesystem::path> files;  // which it is of
    std::filesystem::path memory_before;  // of a stage that went on from another: its first file is
                                          // a delta to this
    ArtifactInput input = {};             // of an input
    ArtifactStage stage = {};             // of a stage
    PackRecord packed = {};
  };

  PackedCheckpoints(const Store& store, oci::BlobStore blobs, base::FileLock lock)
      : store_(store), blobs_(std::move(blobs)), lock_(std::move(lock)) {}

  base::Result<std::vector<Checkpoint>> chain_of(const Checkpoint& checkpoint) const;
  base::Result<void> collect(const std::vector<Checkpoint>& chain);
  base::Result<Item> input_item(const std::string& name) const;
  base::Result<void> make_packs(Item& item);
  base::Result<oci::Descriptor> write_manifest(std::size_t stages, const std::string& parent) const;
  std::filesystem::path record_path(const std::string& text) const;

  const Store& store_;
  oci::BlobStore blobs_;
  base::FileLock lock_;
  std::vector<Item> inputs_;
  std::vector<Item> stages_;
  std::vector<std::string> keys_;  // of the stages
  std::vector<oci::Descriptor> made_;
};

}  // namespace gantry::vm

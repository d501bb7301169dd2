#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/manifest.hpp"

namespace gantry::vm {

/// What the manifest of a checkpoint calls itself, its configuration and its layers, which are
/// packs (see write_pack).
inline constexpr std::string_view kCheckpointArtifact = "application/vnd.gantry.checkpoint.v1";
inline constexpr std::string_view kCheckpointConfig =
    "application/vnd.gantry.checkpoint.config.v1+json";
inline constexpr std::string_view kCheckpointLayer = "application/vnd.gantry.checkpoint.pack.v1";

/// Annotation: the key of the checkpoint.
inline constexpr std::string_view kCheckpointKey = "vnd.gantry.checkpoint.key";
/// Annotation: the digest of the manifest of the checkpoint that it went on from, whose layers are
/// the first of this one's.
inline constexpr std::string_view kCheckpointParent = "vnd.gantry.checkpoint.parent";

inline constexpr std::size_t kMostLayers = 40;

/// A disk, a kernel or an initial RAM disk: the one file of its packs.
struct ArtifactInput {
  std::string name;  ///< as in the store, see PortableCheckpoint
  std::uint64_t size = 0;
  content::Digest digest;           ///< as in SavedFile
  std::vector<std::size_t> layers;  ///< of the manifest
};

/// A checkpoint of the chain. The files of its packs are those of the checkpoint, in their order.
struct ArtifactStage {
  std::string checkpoint;        ///< PortableCheckpoint::json
  std::string created;           ///< RFC 3339
  bool memory_is_delta = false;  ///< "ram" is what it is in the stage before, but for these pages
  std::vector<std::size_t> layers;  ///< of the manifest
};

/// The configuration: what the layers are of.
struct CheckpointArtifact {
  std::vector<ArtifactInput> inputs;
  std::vector<ArtifactStage> stages;  ///< the one that was booted first
};

std::string to_json(const CheckpointArtifact& artifact);

/// Hostile input. layers is how many the manifest has, each of which is of one input or stage.
base::Result<CheckpointArtifact> parse_checkpoint_artifact(std::string_view text,
                                                           std::size_t layers,
                                                           const std::string& where);

/// An Error if it is no manifest of a checkpoint, or of one with more than is taken.
base::Result<void> check_checkpoint_manifest(const oci::Manifest& manifest,
                                             const std::string& where);

}  // namespace gantry::vm

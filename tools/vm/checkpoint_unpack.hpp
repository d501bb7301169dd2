#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "oci/manifest.hpp"
#include "vm/packed_checkpoints.hpp"
#include "vm/platform.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

/// A checkpoint that is somewhere else.
struct PublishedCheckpoint {
  std::string where;  ///< for errors
  oci::Manifest manifest;
  std::string config;
  /// The file of a layer, whose digest has been verified. Called from several threads.
  std::function<base::Result<std::filesystem::path>(const oci::Descriptor& layer,
                                                    base::Progress& progress)>
      fetch;
  /// It has been read. Called from several threads.
  std::function<void(const oci::Descriptor& layer)> release;
};

struct UnpackedCheckpoint {
  Checkpoint checkpoint;
  std::size_t fetched_layers = 0;   ///< 0: all was there
  std::uint64_t fetched_bytes = 0;  ///< of those
};

/// Brings a checkpoint, all that it went on from and all that was booted into a store, as far as
/// they are not there. What comes is verified window by window, then file by file; a checkpoint
/// gets its name when it is complete, and after what it needs. An Error if the store has another
/// build of what it went on from: nothing that is there is ever changed.
base::Result<UnpackedCheckpoint> unpack_checkpoint(const PublishedCheckpoint& published,
                                                   const Store& store,
                                                   const PackedCheckpoints& packed,
                                                   const Platform& here);

}  // namespace gantry::vm

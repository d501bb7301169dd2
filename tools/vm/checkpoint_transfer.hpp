#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.hpp"
#include "registry/client.hpp"
#include "registry/reference.hpp"
#include "vm/checkpoint.hpp"
#include "vm/checkpoint_unpack.hpp"
#include "vm/packed_checkpoints.hpp"
#include "vm/platform.hpp"
#include "vm/store.hpp"

namespace gantry::vm {

struct PushedCheckpoint {
  PackedCheckpoint packed;
  bool changed = false;  ///< false: all tags had this checkpoint already
  std::size_t sent_layers = 0;
  std::uint64_t sent_bytes = 0;
};

/// Puts a checkpoint of a store, with all that it needs, under tags of a repository (none: it is
/// there by its digest alone). What the registry has of it is neither packed nor sent; what is
/// packed for it alone is removed again.
base::Result<PushedCheckpoint> push_checkpoint(const Store& store, const Checkpoint& checkpoint,
                                               registry::Client& client,
                                               const registry::Reference& repository,
                                               std::span<const std::string> tags);

/// Brings a checkpoint from a registry into a store, see unpack_checkpoint. What a broken
/// connection, or a killed process, has left is gone on from.
base::Result<UnpackedCheckpoint> pull_checkpoint(const Store& store, registry::Client& client,
                                                 const registry::Reference& reference,
                                                 const Platform& here);

/// The same from an OCI layout: "oci:DIR[:TAG|@DIGEST]".
base::Result<UnpackedCheckpoint> pull_checkpoint_from_layout(const Store& store,
                                                             const std::string& reference,
                                                             const Platform& here);

}  // namespace gantry::vm

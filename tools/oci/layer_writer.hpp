#pragma once

#include <cstdint>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/blob_store.hpp"
#include "oci/byte_source.hpp"
#include "oci/encoder.hpp"

namespace gantry::oci {

struct LayerOptions {
  std::int64_t source_date_epoch = 0;  ///< no mtime is later, in seconds since the epoch
  unsigned threads = 0;                ///< compressing; 0: one per core. Never changes the output
};

/// What stands for the layer's bytes before they exist: format version, encoder identity, epoch and
/// every field of every entry with its identity.
Digest layer_key(const content::Tree& tree, const Encoder& encoder, const LayerOptions& options);

/// Writes tree as a layer blob into the store in one pass (tar, both digests, compression, file)
/// with memory that does not depend on its size. tree must be sorted, with every parent directory
/// present and every hard link's target an earlier kFile of it. An input that changes size while it
/// is read is an error.
base::Result<LayerRecord> write_layer(const content::Tree& tree, const Encoder& encoder,
                                      const LayerOptions& options, const BlobStore& store,
                                      base::Progress& progress);

/// As write_layer, for a tar archive that exists already: its bytes stay as they are. size_hint, in
/// bytes, decides no more than the number of threads.
base::Result<LayerRecord> write_archive(ByteSource& archive, std::uint64_t size_hint,
                                        const Encoder& encoder, const LayerOptions& options,
                                        const BlobStore& store, base::Progress& progress);

}  // namespace gantry::oci

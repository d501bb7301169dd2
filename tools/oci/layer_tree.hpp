#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/blob_directory.hpp"
#include "oci/byte_source.hpp"

namespace gantry::oci {

enum class Contents {
  kSkip,  ///< names and metadata
  kHash,  ///< and each file's identity, "sha256:<hex>" of its bytes
};

/// Everything in a tar stream, in its order, with each file's source_offset in the stream. The
/// stream is read to its end. At most two million entries with 1 GiB of text.
base::Result<std::vector<content::Entry>> read_tar_entries(ByteSource& tar, Contents contents);

/// Entries in the order of their archive as a Tree: sorted, and of those with one name the last.
content::Tree sorted_tree(std::vector<content::Entry> entries);

/// As read_tar_entries for a layer's blob, which is verified (see open_layer). Errors say which
/// layer.
base::Result<std::vector<content::Entry>> read_layer_entries(const BlobDirectory& blobs,
                                                             const Descriptor& layer,
                                                             const std::optional<Digest>& diff_id,
                                                             Contents contents);

/// The same as a Tree (see sorted_tree).
base::Result<content::Tree> read_layer_tree(const BlobDirectory& blobs, const Descriptor& layer,
                                            const std::optional<Digest>& diff_id,
                                            Contents contents);

}  // namespace gantry::oci

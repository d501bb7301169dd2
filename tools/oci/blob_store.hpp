#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"
#include "oci/blob_directory.hpp"

namespace gantry::oci {

/// A layer that is in a store: what a manifest and a config need to name it.
struct LayerRecord {
  Descriptor descriptor;  ///< of the compressed blob, with the encoder's annotation
  Digest diff_id;         ///< of the tar stream
};

/// A blob under construction: an unnamed file (O_TMPFILE where the file system has it), so that a
/// killed process leaves nothing behind.
class BlobWriter {
 public:
  base::Result<void> write(std::span<const std::byte> bytes);
  std::uint64_t size() const { return size_; }

 private:
  friend class BlobStore;
  base::Fd fd_;
  std::filesystem::path name_;  ///< of the temporary file; empty for an unnamed one
  std::filesystem::path directory_;
  std::uint64_t size_ = 0;
};

/// Content-addressed storage of one build tree, shared by all its images and safe for any number of
/// processes at once:
///   blobs/sha256/<hex>   the blobs, read-only
///   layers/<key>         the LayerRecord of a layer key
///   trees/<hex>          the Tree (content manifest) of a layer blob
class BlobStore {
 public:
  /// Creates what is missing.
  static base::Result<BlobStore> open(std::filesystem::path root);

  const BlobDirectory& blobs() const { return blobs_; }

  base::Result<BlobWriter> create() const;

  /// Gives the blob its name. digest must be of the bytes that were written. A blob that is there
  /// already stays.
  base::Result<void> commit(BlobWriter writer, const Digest& digest) const;

  /// Stores a small document and returns its descriptor.
  base::Result<Descriptor> put(std::string_view content, std::string_view media_type) const;

  /// Takes a blob in from another directory, hard-linked where possible, copied else (then
  /// verified).
  base::Result<void> adopt(const BlobDirectory& from, const Descriptor& descriptor) const;

  /// The record of a layer key, if it is there and its blob too.
  base::Result<std::optional<LayerRecord>> find_layer(const Digest& key) const;
  base::Result<void> record_layer(const Digest& key, const LayerRecord& record) const;

 private:
  explicit BlobStore(std::filesystem::path root) : blobs_(std::move(root)) {}
  BlobDirectory blobs_;
};

}  // namespace gantry::oci

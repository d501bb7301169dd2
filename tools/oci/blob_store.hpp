#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/blob_directory.hpp"
#include "oci/temporary_file.hpp"

namespace gantry::oci {

/// A layer that is in a store: what a manifest and a config need to name it.
struct LayerRecord {
  Descriptor descriptor;  ///< of the compressed blob, with the encoder's annotation
  Digest diff_id;         ///< of the tar stream
  bool operator==(const LayerRecord&) const = default;
};

/// A blob under construction. Destroying it without a commit leaves nothing behind, nor does
/// kill -9.
class BlobWriter {
 public:
  base::Result<void> write(std::span<const std::byte> bytes);
  std::uint64_t size() const { return size_; }

 private:
  friend class BlobStore;
  explicit BlobWriter(TemporaryFile file) : file_(std::move(file)) {}
  TemporaryFile file_;
  std::uint64_t size_ = 0;
};

/// Content-addressed storage of one build tree, shared by all its images and safe for any number of
/// processes at once:
///   blobs/sha256/<hex>   the blobs, read-only
///   layers/<key>         the LayerRecord of a layer key
///   trees/<hex>          the Tree (content manifest) of a layer blob
///   tmp/                 files that are being written
/// Every file gets its name only when it is complete, so that a process may be killed at any time.
class BlobStore {
 public:
  /// Creates what is missing and removes what killed processes left behind.
  static base::Result<BlobStore> open(std::filesystem::path root);

  const BlobDirectory& blobs() const { return blobs_; }

  base::Result<BlobWriter> create() const;

  /// Gives the blob its name. digest must be of the bytes that were written. A blob that is there
  /// already stays, unless its size shows that it is damaged.
  base::Result<void> commit(BlobWriter writer, const Digest& digest) const;

  /// Stores a small document and returns its descriptor.
  base::Result<Descriptor> put(std::string_view content, std::string_view media_type) const;

  /// What is checked of a blob that comes in from elsewhere.
  enum class Check { kDigest, kSize };

  /// Takes a blob in from another directory unless it is here already: by a hard link if it is a
  /// file of ours that nobody else may write, else by a reflink or a copy. A copy is always
  /// verified; kSize is for linking from a store that we have just written ourselves.
  base::Result<void> adopt(const BlobDirectory& from, const Descriptor& descriptor,
                           Check check = Check::kDigest) const;

  /// The record of a layer key, if it is there and its blob too. One that was damaged is taken for
  /// absent.
  base::Result<std::optional<LayerRecord>> find_layer(const Digest& key) const;
  base::Result<void> record_layer(const Digest& key, const LayerRecord& record) const;

  /// The names in a layer blob, as record_tree was given them but without sources (and identities
  /// that mean something on one machine only); nothing if they are not known.
  base::Result<std::optional<content::Tree>> find_tree(const Digest& blob) const;
  base::Result<void> record_tree(const Digest& blob, content::Tree tree) const;

  std::filesystem::path record_path(const Digest& key) const;
  std::filesystem::path tree_path(const Digest& blob) const;

 private:
  explicit BlobStore(std::filesystem::path root) : blobs_(std::move(root)) {}
  base::Result<void> name_blob(TemporaryFile& file, std::uint64_t size, const Digest& digest) const;
  base::Result<void> replace_record(const std::filesystem::path& path,
                                    std::string_view content) const;
  std::filesystem::path temporary_directory() const { return blobs_.root() / "tmp"; }

  BlobDirectory blobs_;
};

}  // namespace gantry::oci

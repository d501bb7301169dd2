#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "content/entry.hpp"
#include "oci/blob_directory.hpp"
#include "oci/blob_writer.hpp"

namespace gantry::oci {

/// A layer that is in a store: what a manifest and a config need to name it.
struct LayerRecord {
  Descriptor descriptor;  ///< of the compressed blob, with the encoder's annotation
  Digest diff_id;         ///< of the tar stream
  bool operator==(const LayerRecord&) const = default;
};

/// Content-addressed storage of one build tree, shared by all its images and safe for any number of
/// processes at once:
///   blobs/sha256/<hex>   the blobs
///   layers/<key>         the LayerRecord of a layer key
///   trees/<hex>          the Tree (content manifest) of a layer blob
///   origins/<hex>        where a blob that may be missing is (written by tools/registry)
///   tmp/                 files that are being written
/// Every file gets its name only when it is complete, so that a process may be killed at any time.
class BlobStore {
 public:
  /// Creates what is missing and removes what killed processes left behind. fetcher: see
  /// BlobDirectory.
  static base::Result<BlobStore> open(std::filesystem::path root,
                                      std::shared_ptr<const BlobFetcher> fetcher = nullptr);

  const BlobDirectory& blobs() const { return blobs_; }

  base::Result<BlobWriter> create() const;

  /// As BlobWriter::commit, into this store.
  base::Result<void> commit(BlobWriter writer, const Digest& digest) const;

  /// Stores a small document and returns its descriptor.
  base::Result<Descriptor> put(std::string_view content, std::string_view media_type) const;

  /// As adopt_blob, into this store.
  base::Result<void> adopt(const BlobDirectory& from, const Descriptor& descriptor,
                           Check check = Check::kDigest) const;

  /// The record of a layer key, if it is there and its blob too. One that was damaged is taken for
  /// absent.
  base::Result<std::optional<LayerRecord>> find_layer(const Digest& key) const;
  base::Result<void> record_layer(const Digest& key, const LayerRecord& record) const;

  /// The names in a layer blob, as record_tree was given them but without sources (and identities
  /// that mean something on one machine only); nothing if they are not known.
  base::Result<std::optional<content::Tree>> find_tree(const Digest& blob) const;
  base::Result<void> record_tree(const Digest& blob, const content::Tree& tree) const;

  /// Records the names in a layer blob as another store has them; false if it does not.
  base::Result<bool> adopt_tree(const BlobStore& from, const Digest& blob) const;

  std::filesystem::path record_path(const Digest& key) const;
  std::filesystem::path tree_path(const Digest& blob) const;

 private:
  explicit BlobStore(BlobDirectory blobs) : blobs_(std::move(blobs)) {}
  base::Result<void> replace_record(const std::filesystem::path& path, std::string_view text) const;
  std::filesystem::path temporary_directory() const { return blobs_.root() / "tmp"; }

  BlobDirectory blobs_;
};

}  // namespace gantry::oci

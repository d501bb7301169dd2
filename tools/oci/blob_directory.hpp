#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/file.hpp"
#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/blob_fetcher.hpp"
#include "oci/descriptor.hpp"

namespace gantry::oci {

using content::Digest;

/// The blobs below <root>/blobs/sha256, as an OCI layout, a blob store and the user cache all keep
/// them. Reading only; nothing read from it is believed before its size and digest were checked.
/// With a fetcher, blobs that are missing come when they are read.
class BlobDirectory {
 public:
  explicit BlobDirectory(std::filesystem::path root,
                         std::shared_ptr<const BlobFetcher> fetcher = nullptr)
      : root_(std::move(root)), fetcher_(std::move(fetcher)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path path_of(const Digest& digest) const {
    return root_ / "blobs" / "sha256" / digest.hex();
  }

  const std::shared_ptr<const BlobFetcher>& fetcher() const { return fetcher_; }

  /// The same directory, by whatever path.
  bool is(const BlobDirectory& other) const;

  /// There, a file, and of the descriptor's size.
  bool contains(const Descriptor& descriptor) const;

  /// Has the fetcher bring all of these that are missing, at once, before they are read one by one.
  /// What it does not know, or if there is none, stays missing.
  base::Result<void> bring(std::span<const Descriptor> blobs) const;

  /// For reading. An Error if it is missing, not a file, or not of the descriptor's size.
  base::Result<base::Fd> open_blob(const Descriptor& descriptor) const;

  /// A document (manifest, config, index), whole and verified; larger than 4 MiB is an error.
  base::Result<std::string> read_document(const Descriptor& descriptor) const;

  /// Reads all of a blob and compares its digest.
  base::Result<void> verify(const Descriptor& descriptor) const;

  /// The Error for a blob whose content has another digest than its name.
  base::Error corrupt(const Descriptor& descriptor, const Digest& found) const;

 private:
  std::filesystem::path root_;
  std::shared_ptr<const BlobFetcher> fetcher_;
};

/// The digest of all that can be read from fd, from its current position on. path is for the error.
base::Result<Digest> digest_of(int fd, const std::filesystem::path& path);

}  // namespace gantry::oci

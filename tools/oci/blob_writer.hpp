#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "oci/temporary_file.hpp"

namespace gantry::oci {

/// A blob under construction. Destroying it without a commit leaves nothing behind, nor does
/// kill -9.
class BlobWriter {
 public:
  /// temporary must be a directory on the file system of the blob's final place.
  static base::Result<BlobWriter> create(const std::filesystem::path& temporary);

  base::Result<void> write(std::span<const std::byte> bytes);
  std::uint64_t size() const { return size_; }

  /// Gives the blob its name. digest must be of the bytes that were written. A blob that is there
  /// already stays, unless its size shows that it is damaged.
  base::Result<void> commit(const BlobDirectory& to, const Digest& digest);

  /// Takes all of an open file at its position, by a reflink if the file system can, and returns
  /// the digest of what has been taken. path is for the error.
  base::Result<Digest> copy(int from, const std::filesystem::path& path);

 private:
  explicit BlobWriter(TemporaryFile file) : file_(std::move(file)) {}
  base::Result<Digest> copy_bytes(int from, const std::filesystem::path& path);

  TemporaryFile file_;
  std::uint64_t size_ = 0;
};

/// What is checked of a blob that comes in from elsewhere.
enum class Check { kDigest, kSize };

/// Takes a blob over from another directory unless it is there already: by a hard link if it is a
/// file of ours that nobody else may write, else by a reflink or a copy. A copy is always verified;
/// kSize is for linking from a store that we have just written ourselves.
base::Result<void> adopt_blob(const BlobDirectory& to, const std::filesystem::path& temporary,
                              const BlobDirectory& from, const Descriptor& descriptor,
                              Check check = Check::kDigest);

/// Stores a small document and returns its descriptor.
base::Result<Descriptor> put_blob(const BlobDirectory& to, const std::filesystem::path& temporary,
                                  std::string_view content, std::string_view media_type);

}  // namespace gantry::oci

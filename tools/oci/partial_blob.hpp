#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "base/file.hpp"
#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/blob_directory.hpp"

namespace gantry::oci {

/// A blob that comes from far away, in pieces: a named file that stays when the process is killed,
/// so that the next one goes on from there. One process at a time has it; others wait.
class PartialBlob {
 public:
  /// Opens what is there of the blob and hashes it, or begins anew. temporary must be a directory
  /// on the file system of the blob's final place. Nothing: the blob is complete, maybe because
  /// the process that we have waited for has fetched it.
  static base::Result<std::optional<PartialBlob>> open(const BlobDirectory& to,
                                                       const std::filesystem::path& temporary,
                                                       const Descriptor& blob);

  PartialBlob(PartialBlob&&) noexcept = default;
  PartialBlob& operator=(PartialBlob&&) = delete;
  ~PartialBlob();  ///< the file stays if there is anything in it

  /// Bytes that are there.
  std::uint64_t size() const { return size_; }
  bool complete() const { return size_ == blob_.size; }

  /// At the end. More bytes than the blob has are an Error, and all are forgotten.
  base::Result<void> append(std::span<const std::byte> bytes);

  /// Forgets all bytes.
  base::Result<void> restart();

  /// Gives the blob its name. False if the bytes are not those of its digest: they are forgotten.
  base::Result<bool> commit();

 private:
  PartialBlob(base::Fd fd, BlobDirectory to, std::filesystem::path path, Descriptor blob)
      : fd_(std::move(fd)), to_(std::move(to)), path_(std::move(path)), blob_(std::move(blob)) {}
  base::Result<void> read_what_is_there();

  base::Fd fd_;  // locked
  BlobDirectory to_;
  std::filesystem::path path_;
  Descriptor blob_;
  std::uint64_t size_ = 0;
  content::Sha256 hash_;
};

}  // namespace gantry::oci

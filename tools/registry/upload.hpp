#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "base/progress.hpp"
#include "base/result.hpp"
#include "oci/blob_directory.hpp"
#include "oci/descriptor.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// One blob on its way into a repository. In one piece as long as that works; where the registry
/// (or what is before it) takes no body of that size, or a connection breaks, in chunks, from where
/// the registry has got to; from the beginning when it has forgotten the upload.
class BlobUpload {
 public:
  /// All of them must outlive it.
  BlobUpload(const Repository& repository, const oci::BlobDirectory& from,
             const oci::Descriptor& blob, base::Progress& progress);

  /// Blocks until the blob is there. begun: an upload that the registry has begun for it already.
  base::Result<void> run(std::optional<UploadSession> begun);

 private:
  enum class Next {
    kGoOn,     ///< with the next step of the same upload
    kAsk,      ///< the registry how far it has got
    kRestart,  ///< by a new upload
    kDone,
  };

  base::Result<Next> step();
  base::Result<Next> put_whole();
  base::Result<Next> patch_chunk();
  base::Result<Next> commit();
  base::Result<Next> ask_offset();

  base::Result<Next> after_rejected_body(const Answer& answer, std::uint64_t length);
  Next at_the_wrong_place();
  base::Result<Next> after_broken_body(base::Error error, std::uint64_t length,
                                       std::uint64_t taken);
  base::Result<Next> after_failed_commit(const Outcome& outcome, const std::string& step);
  base::Result<Next> pause_before(Next next, base::Error error,
                                  const HttpResponse* answer = nullptr);

  bool in_one_piece() const;
  std::uint64_t chunk_size() const;
  void gained(std::uint64_t offset);
  void report(std::uint64_t end);

  const Repository& repository_;
  const oci::BlobDirectory& from_;
  const oci::Descriptor& blob_;
  base::Progress& progress_;
  HostMemory& memory_;
  Backoff backoff_;
  base::Fd fd_;
  UploadSession session_;
  std::uint64_t offset_ = 0;              // what the registry has, as far as we know
  std::uint64_t furthest_ = 0;            // offset_ at its best
  std::uint64_t acknowledged_ = 0;        // where the last chunk ended that was taken
  std::uint64_t reported_ = 0;            // to progress_
  std::uint64_t chunk_ = 0;               // 0: no reason for chunks yet
  std::uint64_t broken_at_ = UINT64_MAX;  // offset_ when a connection broke the last time
  bool asked_ = false;                    // offset_ is what the registry itself has said
  bool broken_ = false;                   // a connection, since the last chunk that was taken
  bool found_corrupt_ = false;            // once may be the connection's fault
};

/// Has the repository have a blob, which is sent unless it is there.
base::Result<void> put_blob(const Repository& repository, const oci::BlobDirectory& from,
                            const oci::Descriptor& blob);

}  // namespace gantry::registry

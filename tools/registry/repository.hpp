#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/descriptor.hpp"
#include "registry/session.hpp"

namespace gantry::registry {

enum class Access { kPull, kPush, kDelete };

/// A manifest or an index, as it is.
struct ManifestDocument {
  oci::Descriptor descriptor;  ///< digest and size are those of content
  std::string content;
};

/// What a registry says about a manifest.
struct ManifestHead {
  content::Digest digest;
  std::optional<ManifestDocument> document = std::nullopt;  ///< where HEAD did not do
};

/// What became of a manifest that was sent.
struct StoredManifest {
  /// The registry lacks blobs that the manifest names; nothing was stored.
  bool lacks_blobs = false;
  std::vector<std::string> tags;  ///< which the registry has set, of those that were asked for
};

enum class Deletion {
  kDone,
  kNotThere,
  kRefused,  ///< the registry deletes nothing, or no tags, or not this
};

/// An upload that the registry has begun.
struct UploadSession {
  std::string location;             ///< absolute; the latest one counts
  std::uint64_t chunk_minimum = 0;  ///< of every chunk but the last
};

/// A repository of a registry: the steps of the protocol (OCI distribution-spec 1.1), each one
/// request where the registry behaves. Thread-safe.
class Repository {
 public:
  /// session must outlive it.
  Repository(Session& session, std::string name, Access access);

  const std::string& name() const { return name_; }
  Session& session() const { return session_; }

  /// reference is a tag or a digest. Nothing: the registry has none. By GET where the registry
  /// cannot do HEAD, or does not tell the digest.
  base::Result<std::optional<ManifestHead>> head_manifest(std::string_view reference) const;

  /// Its digest is checked, against reference if that is one. Nothing: the registry has none.
  base::Result<std::optional<ManifestDocument>> get_manifest(std::string_view reference) const;

  /// Under a reference, and in the same request under tags besides, if the registry can do that.
  base::Result<StoredManifest> put_manifest(std::string_view reference,
                                            const ManifestDocument& manifest,
                                            std::span<const std::string> tags = {}) const;

  base::Result<bool> head_blob(const content::Digest& digest) const;

  /// A blob that is a document (a config), whole and verified; larger than 4 MiB is an Error.
  base::Result<std::string> get_document(const oci::Descriptor& blob) const;

  /// A tag, which leaves the manifest, or a digest, which takes all its tags along.
  base::Result<Deletion> delete_manifest(std::string_view reference) const;

  /// Asks for a blob that another repository of the registry has (or this one). Nothing: it is here
  /// now; else an upload has begun.
  base::Result<std::optional<UploadSession>> mount_blob(const content::Digest& digest,
                                                        const std::string& from) const;

  base::Result<UploadSession> start_upload() const;

  /// A request for a path below the repository: "manifests/latest".
  Operation operation(std::string method, std::string_view path) const;
  /// A request for a URL that the registry has named.
  Operation operation_at(std::string method, std::string url) const;

  /// Where the answer says that the upload goes on; before if it does not say.
  base::Result<UploadSession> upload_session(const Answer& answer,
                                             const std::optional<UploadSession>& before) const;

  /// As the function failure, of this repository.
  base::Error failed(const Answer& answer, std::string_view step) const;

 private:
  base::Result<Answer> perform(Operation operation) const;
  base::Result<bool> probe_blob(const content::Digest& digest) const;

  Session& session_;
  std::string name_;
  Scopes scopes_;
};

}  // namespace gantry::registry

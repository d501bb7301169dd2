#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"

namespace gantry::test_registry {

/// A manifest or index as it was pushed, with what the registry needs to know of it.
struct StoredManifest {
  content::Digest digest;
  std::string media_type;
  std::string body;
  std::optional<content::Digest> subject = {};
  std::string referrer = {};  ///< its descriptor in a list of referrers, JSON
  std::string artifact_type = {};
};

struct StoredBlob {
  content::Digest digest;
  std::filesystem::path path;
  std::uint64_t size = 0;
  bool evicted = false;  ///< the registry believes that it has it
};

/// Repositories with their blobs (files in one directory, shared), manifests and tags. Thread-safe;
/// its answers are copies.
class Storage {
 public:
  explicit Storage(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path& directory() const { return directory_; }

  void create_repository(const std::string& name);
  bool has_repository(const std::string& name);

  /// The blob, if the repository has it (evicted ones included).
  std::optional<StoredBlob> blob(const std::string& repository, const content::Digest& digest);

  /// Takes the file into the repository; the file is renamed.
  base::Result<void> add_blob(const std::string& repository, const content::Digest& digest,
                              const std::filesystem::path& file, std::uint64_t size);

  /// False when from does not have it. An empty from: any repository.
  bool mount_blob(const std::string& from, const content::Digest& digest, const std::string& to);
  bool remove_blob(const std::string& repository, const content::Digest& digest);

  /// The bytes are gone, from every repository, and nothing says so.
  bool evict_blob(const content::Digest& digest);

  /// By tag or by digest.
  std::optional<StoredManifest> manifest(const std::string& repository,
                                         const std::string& reference);

  /// Stores the manifest under its digest and these tags, if may, which sees where all tags point
  /// while nothing changes, returns true.
  using MayTag = std::function<bool(const std::map<std::string, content::Digest>&)>;
  bool put_manifest(const std::string& repository, StoredManifest manifest,
                    const std::vector<std::string>& tags, const MayTag& may);

  /// The manifest, and every tag that points to it.
  bool remove_manifest(const std::string& repository, const content::Digest& digest);
  bool remove_tag(const std::string& repository, const std::string& tag);

  /// In the order of their bytes. Nothing when there is no such repository.
  std::optional<std::vector<std::string>> tags(const std::string& repository);
  std::vector<StoredManifest> referrers(const std::string& repository,
                                        const content::Digest& subject);

 private:
  struct Repository {
    std::set<content::Digest> blobs;
    std::map<content::Digest, StoredManifest> manifests;
    std::map<std::string, content::Digest> tags;
  };

  Repository* find(const std::string& name);

  std::filesystem::path directory_;
  std::mutex mutex_;
  std::map<content::Digest, StoredBlob> blobs_;
  std::map<std::string, Repository> repositories_;
};

}  // namespace gantry::test_registry

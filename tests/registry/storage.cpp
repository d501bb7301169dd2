#include "tests/registry/storage.hpp"

#include <algorithm>

namespace gantry::test_registry {

Storage::Repository* Storage::find(const std::string& name) {
  const auto found = repositories_.find(name);
  return found == repositories_.end() ? nullptr : &found->second;
}

void Storage::create_repository(const std::string& name) {
  const std::lock_guard lock(mutex_);
  repositories_[name];
}

bool Storage::has_repository(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return find(name) != nullptr;
}

std::optional<StoredBlob> Storage::blob(const std::string& repository,
                                        const content::Digest& digest) {
  const std::lock_guard lock(mutex_);
  const Repository* const found = find(repository);
  if (found == nullptr || !found->blobs.contains(digest)) {
    return std::nullopt;
  }
  return blobs_.at(digest);
}

base::Result<void> Storage::add_blob(const std::string& repository, const content::Digest& digest,
                                     const std::filesystem::path& file, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  const std::filesystem::path path = directory_ / digest.hex();
  std::error_code error;
  std::filesystem::rename(file, path, error);
  if (error) {
    return base::Error{"cannot rename: " + error.message(), file, {}};
  }
  blobs_[digest] = StoredBlob{.digest = digest, .path = path, .size = size};
  repositories_[repository].blobs.insert(digest);
  return {};
}

bool Storage::mount_blob(const std::string& from, const content::Digest& digest,
                         const std::string& to) {
  const std::lock_guard lock(mutex_);
  const auto has = [&](const auto& entry) {
    return (from.empty() || entry.first == from) && entry.second.blobs.contains(digest);
  };
  if (!std::any_of(repositories_.begin(), repositories_.end(), has)) {
    return false;
  }
  repositories_[to].blobs.insert(digest);
  return true;
}

bool Storage::remove_blob(const std::string& repository, const content::Digest& digest) {
  const std::lock_guard lock(mutex_);
  Repository* const found = find(repository);
  return found != nullptr && found->blobs.erase(digest) > 0;
}

bool Storage::evict_blob(const content::Digest& digest) {
  const std::lock_guard lock(mutex_);
  const auto blob = blobs_.find(digest);
  if (blob == blobs_.end()) {
    return false;
  }
  blob->second.evicted = true;
  std::error_code ignored;
  std::filesystem::remove(blob->second.path, ignored);
  return true;
}

std::optional<StoredManifest> Storage::manifest(const std::string& repository,
                                                const std::string& reference) {
  const std::lock_guard lock(mutex_);
  const Repository* const found = find(repository);
  if (found == nullptr) {
    return std::nullopt;
  }
  const auto tag = found->tags.find(reference);
  const auto digest = content::Digest::parse(reference);
  if (tag == found->tags.end() && !digest) {
    return std::nullopt;
  }
  const auto manifest = found->manifests.find(digest ? *digest : tag->second);
  return manifest == found->manifests.end() ? std::nullopt : std::optional(manifest->second);
}

bool Storage::put_manifest(const std::string& repository, StoredManifest manifest,
                           const std::vector<std::string>& tags, const MayTag& may) {
  const std::lock_guard lock(mutex_);
  Repository& into = repositories_[repository];
  if (!may(into.tags)) {
    return false;
  }
  for (const std::string& tag : tags) {
    into.tags.insert_or_assign(tag, manifest.digest);
  }
  const content::Digest digest = manifest.digest;
  into.manifests.insert_or_assign(digest, std::move(manifest));
  return true;
}

bool Storage::remove_manifest(const std::string& repository, const content::Digest& digest) {
  const std::lock_guard lock(mutex_);
  Repository* const found = find(repository);
  if (found == nullptr || found->manifests.erase(digest) == 0) {
    return false;
  }
  std::erase_if(found->tags, [&](const auto& tag) { return tag.second == digest; });
  return true;
}

bool Storage::remove_tag(const std::string& repository, const std::string& tag) {
  const std::lock_guard lock(mutex_);
  Repository* const found = find(repository);
  return found != nullptr && found->tags.erase(tag) > 0;
}

std::optional<std::vector<std::string>> Storage::tags(const std::string& repository) {
  const std::lock_guard lock(mutex_);
  const Repository* const found = find(repository);
  if (found == nullptr) {
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const auto& entry : found->tags) {
    names.push_back(entry.first);
  }
  return names;
}

std::vector<StoredManifest> Storage::referrers(const std::string& repository,
                                               const content::Digest& subject) {
  const std::lock_guard lock(mutex_);
  std::vector<StoredManifest> found;
  if (const Repository* const in = find(repository)) {
    for (const auto& entry : in->manifests) {
      if (entry.second.subject == subject) {
        found.push_back(entry.second);
      }
    }
  }
  return found;
}

}  // namespace gantry::test_registry

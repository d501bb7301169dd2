#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "content/digest.hpp"
#include "registry/blob_origins.hpp"
#include "registry/url.hpp"

namespace gantry::registry {

/// Which repositories of one registry have which blobs, as far as this user has seen it: kept in
/// the user's cache, so that a blob which another repository has is mounted instead of sent. Only a
/// hint: what is wrong in it, or damaged, or cannot be read or written, costs a request at most.
class BlobLocations {
 public:
  /// Reads what directory holds about the registry. An empty directory: nothing is kept. origins,
  /// if there are any, say where the blobs of bases are.
  static BlobLocations open(const std::filesystem::path& directory, const Endpoint& registry,
                            std::optional<BlobOrigins> origins = std::nullopt);

  bool has(const content::Digest& digest, std::string_view repository) const;

  /// A repository besides this one that has the blob: the base's, else the one seen last.
  std::optional<std::string> elsewhere(const content::Digest& digest,
                                       std::string_view repository) const;

  /// Keeps that the repository has these blobs.
  void add(std::string_view repository, std::span<const content::Digest> digests);

 private:
  explicit BlobLocations(Endpoint registry) : registry_(std::move(registry)) {}
  void read(std::string_view text);
  std::optional<std::string> repository_of_base(const content::Digest& digest) const;
  base::Result<void> append(const std::string& lines) const;

  Endpoint registry_;
  std::optional<BlobOrigins> origins_;
  std::filesystem::path path_;  // empty: nothing is kept
  std::map<content::Digest, std::vector<std::string>> repositories_;
};

}  // namespace gantry::registry

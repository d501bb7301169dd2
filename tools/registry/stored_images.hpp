#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "oci/descriptor.hpp"
#include "registry/prune.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// The images of a repository as far as it takes to know which need which: each document is asked
/// for once and only what counts of it is kept.
class StoredImages {
 public:
  /// repository must outlive it.
  explicit StoredImages(const Repository& repository) : repository_(repository) {}

  /// What the tags name, in their order; without those that are gone by now. The time of creation
  /// is found out for tags that wants_time is true for.
  base::Result<std::vector<TaggedImage>> read(
      std::span<const std::string> tags,
      const std::function<bool(const std::string& tag)>& wants_time);

  /// Adds a manifest or index, and all that it names.
  base::Result<void> add_below(const content::Digest& digest, std::set<content::Digest>& into);

  /// Of one that was read.
  bool is_index(const content::Digest& digest) const;

 private:
  struct Stored {
    bool is_index = false;
    std::vector<oci::Descriptor> children;  // of an index
    std::optional<oci::Descriptor> config;  // of an image
    std::optional<std::int64_t> annotated;  // time of creation, by its annotation
  };

  base::Result<std::optional<content::Digest>> get(const std::string& reference);
  base::Result<std::optional<Stored>> find(const content::Digest& digest);
  base::Result<std::optional<std::int64_t>> created(const content::Digest& digest, int depth);
  base::Result<std::optional<std::int64_t>> created_of_config(const oci::Descriptor& config);
  base::Result<void> add_below(const content::Digest& digest, std::set<content::Digest>& into,
                               int depth);

  const Repository& repository_;
  mutable std::mutex mutex_;
  std::map<content::Digest, Stored> images_;
};

}  // namespace gantry::registry

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/digest.hpp"
#include "registry/repository.hpp"

namespace gantry::registry {

/// Which tags of a repository go. Those that `match` names are looked at; without it, all but
/// "latest" and releases (1, 1.2, 1.2.3, v1.2.3). Of these go all but the newest `keep`, as far as
/// they are older than `older_than`.
struct Retention {
  std::optional<std::size_t> keep = {};
  std::optional<std::int64_t> older_than = {};  ///< seconds
  std::vector<std::string> match = {};          ///< patterns of the shell: "pr-*", "sha-???????"
  std::vector<std::string> protect = {};        ///< tags that stay whatever else is said
};

/// "30d", "12h", "2w", "90m", "10s", as seconds.
base::Result<std::int64_t> parse_age(std::string_view text);

/// What a tag names.
struct TaggedImage {
  std::string tag;
  content::Digest digest;
  std::optional<std::int64_t> created = {};  ///< seconds since the epoch
};

struct Decision {
  TaggedImage image;
  bool goes = false;
  std::string reason;  ///< why it stays; empty if it goes
};

/// Whether a tag stays whatever age it has, and why; empty: its age decides.
std::string reason_to_stay(const std::string& tag, const Retention& retention);

/// Decides on tags, in their order. What has no time stays, nor is 1970 or 1980 one; of images of
/// one time, the tag that comes later as text counts as the newer.
std::vector<Decision> decide(std::span<const TaggedImage> images, const Retention& retention,
                             std::int64_t now);

/// What is to be deleted, and why the rest is not.
struct PrunePlan {
  std::vector<Decision> tags;  ///< sorted by tag
  /// With all that only they name, each index before its images; none that a tag or an index
  /// needs that stays.
  std::vector<content::Digest> manifests;
  std::vector<std::string> tags_alone;  ///< that go, while their image stays
};

/// Reads the manifests of all tags. Changes nothing. An Error if nothing bounds what stays.
base::Result<PrunePlan> plan_prune(const Repository& repository, const Retention& retention,
                                   std::int64_t now);

struct Pruned {
  std::size_t manifests = 0;
  std::size_t tags_alone = 0;
  std::vector<std::string> refused;  ///< tags that the registry does not delete alone
};

/// Deletes what a plan says. A registry that deletes no images is an Error.
base::Result<Pruned> prune(const Repository& repository, const PrunePlan& plan);

}  // namespace gantry::registry

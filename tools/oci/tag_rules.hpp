#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/git_version.hpp"

namespace gantry::oci {

/// A tag to publish an image under.
struct PlannedTag {
  std::string name;
  /// Of a floating tag of releases ("1.2", "1", "latest"): the release that it would move to.
  std::optional<content::SemanticVersion> moves_to = {};
  bool operator==(const PlannedTag&) const = default;
};

/// "<when>=<tag>": a further tag of a project. <when> is `always`, `release`, `prerelease`,
/// `branch:<pattern>` or `tag:<pattern>`; * in a pattern stands for any text. In <tag>, {version},
/// {major}, {minor}, {patch}, {branch}, {tag} and {sha} are replaced.
struct TagRule {
  enum class When { kAlways, kRelease, kPrerelease, kBranch, kTag };
  When when = When::kAlways;
  std::string pattern;
  std::string tag;

  static base::Result<TagRule> parse(std::string_view text);
};

/// The tags of a checkout: a release X.Y.Z gives X.Y.Z, X.Y, X and latest, a pre-release only
/// itself, the default branch edge, every commit sha-<7 hex>. In the order to publish them:
/// tags that stay first, latest last, none twice. An Error if a rule makes what is no tag.
base::Result<std::vector<PlannedTag>> plan_tags(const content::GitVersion& version,
                                                std::span<const TagRule> rules);

/// Given all tags that there are, the highest release above what a floating tag would name, in its
/// line (of 1.2: 1.2.X): so it must not move. Nothing if it may.
std::optional<std::string> release_above(const PlannedTag& tag,
                                         std::span<const std::string> existing);

/// Text as a tag can hold it: other characters become "_", as a version's "+".
std::string as_tag(std::string_view text);

}  // namespace gantry::oci

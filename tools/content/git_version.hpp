#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/semantic_version.hpp"

namespace gantry::content {

/// The version that a checkout says its source has.
struct GitVersion {
  /// Of the highest version tag on HEAD; without one, "<next patch>-dev.<commits since the nearest
  /// tag>+g<commit>", which is above that tag's version and below the next. No tag at all: 0.0.0.
  SemanticVersion version;
  bool is_tagged = false;         ///< HEAD has a version tag
  std::vector<std::string> tags;  ///< all tags on HEAD, also those that are no versions
  std::string commit;             ///< of HEAD, in full
  std::string branch;             ///< empty: HEAD is detached and no CI system names one
  bool on_default_branch = false;
  std::vector<std::filesystem::path> files;  ///< that decide all this, for a depfile
};

/// The version of the checkout that directory lies in; nothing if there is none, or no commit yet.
/// Version tags are tag_prefix and a semantic version. Needs a git program.
base::Result<std::optional<GitVersion>> read_git_version(const std::filesystem::path& directory,
                                                         std::string_view tag_prefix);

/// What makes a checkout's version doubtful.
struct CheckoutState {
  bool has_changes = false;  ///< of files that git knows, which no commit has
  bool is_shallow = false;   ///< commits and tags before the last ones are not known
};

/// Of the checkout that directory lies in. Looks at every file that git knows.
base::Result<CheckoutState> read_checkout_state(const std::filesystem::path& directory);

}  // namespace gantry::content

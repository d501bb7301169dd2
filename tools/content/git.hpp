#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::content {

/// What a checkout says about the source it holds.
struct GitRevision {
  std::string commit;                            ///< of HEAD, in full
  std::optional<std::int64_t> commit_time = {};  ///< seconds; nothing without a git program
  std::string origin = {};  ///< URL of the remote "origin", if it is a public one
  std::vector<std::filesystem::path> files = {};  ///< that decide all this, for a depfile
};

/// The revision of the checkout that directory lies in (a worktree or submodule too); nothing if
/// there is none, or no commit yet. .git is read without git's help; only the time is git's.
base::Result<std::optional<GitRevision>> read_git_revision(const std::filesystem::path& directory);

/// The URL without what must not be published: user names and passwords (an SSH user stays),
/// queries. Empty for a path of this machine.
std::string public_url(std::string_view url);

}  // namespace gantry::content

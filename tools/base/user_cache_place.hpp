#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.hpp"

namespace gantry::base {

/// What the build trees of a user share, and may be deleted at any time.
struct UserCachePlace {
  std::filesystem::path root;
  std::uint64_t limit = 0;  ///< bytes that each kind of what is kept there may have
};

/// Where the environment has it: GANTRY_CACHE_DIR, else $XDG_CACHE_HOME/gantry, else
/// ~/.cache/gantry. Nothing if GANTRY_CACHE_DIR is empty, or if there is no home directory.
Result<std::optional<std::filesystem::path>> user_cache_root();

/// The one at user_cache_root(), of GANTRY_CACHE_SIZE bytes (parse_byte_size), else 10G.
Result<std::optional<UserCachePlace>> user_cache_place();

/// Makes it, for its user alone, with the tag that keeps it out of backups.
Result<void> make_user_cache(const std::filesystem::path& root);

}  // namespace gantry::base

#include "base/user_cache_place.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::base {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kDefaultLimit = std::uint64_t{10} << 30;

/// By which backup programs know what they need not keep (bford.info/cachedir).
constexpr std::string_view kTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This directory holds what Gantry has built; it may be deleted at any time.\n";

std::optional<std::string> environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Result<std::optional<fs::path>> user_cache_root() {
  if (const auto configured = environment("GANTRY_CACHE_DIR")) {
    if (configured->empty()) {
      return std::optional<fs::path>();
    }
    if (!fs::path(*configured).is_absolute()) {
      return Error{fmt::format("'{}' is not an absolute path", printable(*configured)),
                   "GANTRY_CACHE_DIR", "builds run in many directories and share one cache"};
    }
    return std::optional<fs::path>(*configured);
  }
  // The XDG base directory specification has relative paths ignored.
  if (const auto cache = environment("XDG_CACHE_HOME"); cache && fs::path(*cache).is_absolute()) {
    return std::optional<fs::path>(fs::path(*cache) / "gantry");
  }
  if (const auto home = environment("HOME"); home && fs::path(*home).is_absolute()) {
    return std::optional<fs::path>(fs::path(*home) / ".cache" / "gantry");
  }
  return std::optional<fs::path>();
}

Result<std::optional<UserCachePlace>> user_cache_place() {
  std::uint64_t limit = kDefaultLimit;
  if (const auto size = environment("GANTRY_CACHE_SIZE"); size && !size->empty()) {
    const auto bytes = parse_byte_size(*size);
    if (!bytes) {
      return Error{fmt::format("'{}' is not a size", printable(*size)), "GANTRY_CACHE_SIZE",
                   "a size is a number with a unit, for example 10G"};
    }
    limit = *bytes;
  }
  GANTRY_TRY(const auto root, user_cache_root());
  if (!root) {
    return std::optional<UserCachePlace>();
  }
  return std::optional(UserCachePlace{*root, limit});
}

Result<void> make_user_cache(const fs::path& root) {
  if (root.has_parent_path()) {
    GANTRY_CHECK(make_directories(root.parent_path()));
  }
  // Nobody else should see, or plant, what we build.
  if (mkdir(root.c_str(), 0700) != 0 && errno != EEXIST) {
    return errno_error("create the directory", root);
  }
  if (const auto tag = root / "CACHEDIR.TAG"; access(tag.c_str(), F_OK) != 0) {
    return write_file(tag, kTag);
  }
  return {};
}

}  // namespace gantry::base

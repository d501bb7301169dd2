#include "vm/run_directory.hpp"

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

constexpr std::uint64_t kMargin = std::uint64_t{64} << 20;

/// A directory that nobody else could have prepared.
Result<fs::path> own_directory(fs::path path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::errno_error("create the directory", path);
  }
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
      (status.st_mode & 022) != 0) {
    return base::Error{"this directory is somebody else's, or others may write to it",
                       path.native(), "remove it"};
  }
  return path;
}

std::uint64_t room_in(const fs::path& path) {
  struct statvfs status {};
  return statvfs(path.c_str(), &status) == 0
             ? static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize
             : 0;
}

}  // namespace

Result<base::TempDir> make_run_directory() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  const fs::path parent = runtime != nullptr && fs::is_directory(runtime)
                              ? fs::path(runtime) / "gantry"
                              : fs::path(fmt::format("/tmp/gantry-{}", geteuid()));
  GANTRY_TRY(const auto own, own_directory(parent));
  return base::TempDir::create_under(own);
}

Result<base::TempDir> make_memory_directory(std::uint64_t bytes, const fs::path& fallback) {
  const fs::path shared = "/dev/shm";
  if (room_in(shared) >= bytes + kMargin) {
    GANTRY_TRY(const auto own, own_directory(shared / fmt::format("gantry-{}", geteuid())));
    return base::TempDir::create_under(own);
  }
  if (const auto room = room_in(fallback); room < bytes + kMargin) {
    return base::Error{
        fmt::format("there is no room for {} of the guest's memory: {} has {}",
                    base::format_bytes(bytes), fallback.native(), base::format_bytes(room)),
        "", "free some space there, or in /dev/shm"};
  }
  return base::TempDir::create_under(fallback);
}

}  // namespace gantry::vm

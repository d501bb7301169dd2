#include "vm/run_directory.hpp"

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "vm/orphans.hpp"
#include "vm/space.hpp"

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

fs::path shared_memory() {
  return fmt::format("/dev/shm/gantry-{}", geteuid());
}

}  // namespace

Result<fs::path> run_root() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  return own_directory(runtime != nullptr && fs::is_directory(runtime)
                           ? fs::path(runtime) / "gantry"
                           : fs::path(fmt::format("/tmp/gantry-{}", geteuid())));
}

Result<base::TempDir> make_run_directory() {
  GANTRY_TRY(const auto root, run_root());
  return base::TempDir::create_under(root, end_processes_of);
}

std::vector<fs::path> machine_directories() {
  std::vector<fs::path> directories;
  if (auto root = run_root()) {
    directories.push_back(*std::move(root));
  }
  directories.push_back(shared_memory());
  return directories;
}

Result<base::TempDir> make_memory_directory(std::uint64_t bytes, const fs::path& fallback) {
  if (room_in(shared_memory().parent_path()) >= bytes + kMargin) {
    GANTRY_TRY(const auto own, own_directory(shared_memory()));
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

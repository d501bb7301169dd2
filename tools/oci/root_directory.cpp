#include "oci/root_directory.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;

namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

int open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = kDirectoryFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

}  // namespace

base::Result<RootDirectory> RootDirectory::open(const fs::path& path, Walk walk) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return base::errno_error("create the directory", path);
  }
  base::Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    return base::errno_error("open the directory", path);
  }
  std::error_code failure;
  const bool empty = fs::is_empty(path, failure);
  if (failure) {
    errno = failure.value();
    return base::errno_error("read the directory", path);
  }
  if (!empty) {
    return base::Error{fmt::format("the directory {} is not empty", path.native()), "",
                       "an image is unpacked into a directory of its own"};
  }
  return RootDirectory(path, std::move(fd), walk);
}

base::Result<RootDirectory::Place> RootDirectory::place_of(std::string_view path) {
  const auto slash = path.rfind('/');
  const bool at_root = slash == std::string_view::npos;
  const auto parent = at_root ? std::string_view() : path.substr(0, slash);
  std::string name(at_root ? path : path.substr(slash + 1));
  if (!last_parent_ || parent != last_parent_path_) {
    GANTRY_TRY(last_parent_, open_directory(parent));
    last_parent_path_ = parent;
  }
  return Place{last_parent_.get(), std::move(name)};
}

base::Result<base::Fd> RootDirectory::open_directory(std::string_view path) {
  if (path.empty()) {
    base::Fd fd(fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    return fd ? base::Result<base::Fd>(std::move(fd))
              : base::errno_error("open the directory", path_);
  }
  if (walk_ == Walk::kKernel) {
    base::Fd fd(open_beneath(fd_.get(), std::string(path)));
    if (fd) {
      return fd;
    }
    // Old kernels, and sandboxes that know none but old system calls.
    if (errno != ENOSYS && errno != EPERM) {
      return base::errno_error("open the directory", name_of(path));
    }
    walk_ = Walk::kComponent;
  }
  return open_by_component(path);
}

base::Result<base::Fd> RootDirectory::open_by_component(std::string_view path) const {
  base::Fd directory;
  for (const auto part : base::split(path, '/')) {
    if (part.empty() || part == "." || part == "..") {
      errno = EINVAL;
      return base::errno_error("open the directory", name_of(path));
    }
    const int parent = directory ? directory.get() : fd_.get();
    base::Fd next(openat(parent, std::string(part).c_str(), kDirectoryFlags));
    if (!next) {
      return base::errno_error("open the directory", name_of(path));
    }
    directory = std::move(next);
  }
  return directory;
}

base::Result<void> RootDirectory::clear() const {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(path_, failure)) {
    GANTRY_CHECK(base::remove_tree(entry.path()));
  }
  return {};
}

}  // namespace gantry::oci

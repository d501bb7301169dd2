#include "vm/sparse_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr std::size_t kChunk = std::size_t{1} << 20;
constexpr std::size_t kWindow = std::size_t{64} << 10;  // what is left out if it is zero

bool is_zero(std::span<const char> bytes) {
  return bytes.empty() ||
         (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

Result<void> write_at(int fd, std::span<const char> bytes, off_t at, const fs::path& path) {
  while (!bytes.empty()) {
    const auto count = pwrite(fd, bytes.data(), bytes.size(), at);
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return base::errno_error("write", path);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    at += count;
  }
  return {};
}

Result<void> copy_data(int from, int to, off_t begin, off_t end, const fs::path& source,
                       const fs::path& target) {
  std::vector<char> buffer(kChunk);
  while (begin < end) {
    const auto want = std::min<off_t>(end - begin, static_cast<off_t>(kChunk));
    const auto count = pread(from, buffer.data(), static_cast<std::size_t>(want), begin);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return count < 0
                 ? base::errno_error("read", source)
                 : base::Error{"the file became shorter while it was copied", source.native(), ""};
    }
    const std::span<const char> read(buffer.data(), static_cast<std::size_t>(count));
    for (std::size_t at = 0; at < read.size(); at += kWindow) {
      const auto window = read.subspan(at, std::min(kWindow, read.size() - at));
      if (!is_zero(window)) {
        GANTRY_CHECK(write_at(to, window, begin + static_cast<off_t>(at), target));
      }
    }
    begin += count;
    if (base::interrupted()) {
      return base::Error{"stopped while copying", source.native(), ""};
    }
  }
  return {};
}

Result<void> copy_extents(int source, int target, off_t size, const fs::path& from,
                          const fs::path& to) {
  for (off_t at = 0; at < size;) {
    const off_t begin = lseek(source, at, SEEK_DATA);
    if (begin < 0) {
      break;  // nothing but a hole is left
    }
    const off_t end = lseek(source, begin, SEEK_HOLE);
    if (end < 0) {
      return base::errno_error("look for holes in", from);
    }
    GANTRY_CHECK(copy_data(source, target, begin, end, from, to));
    at = end;
  }
  return {};
}

Result<off_t> size_of(int fd, const fs::path& path) {
  struct stat status {};
  if (fstat(fd, &status) != 0) {
    return base::errno_error("look at", path);
  }
  return status.st_size;
}

}  // namespace

Result<void> copy_sparse(const fs::path& from, const fs::path& to) {
  GANTRY_TRY(const Fd source, base::open_file(from, O_RDONLY | O_CLOEXEC));
  GANTRY_TRY(const Fd target, base::open_file(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  GANTRY_TRY(const auto size, size_of(source.get(), from));
  if (ioctl(target.get(), FICLONE, source.get()) != 0) {
    if (ftruncate(target.get(), size) != 0) {
      return base::errno_error("set the size of", to);
    }
    GANTRY_CHECK(copy_extents(source.get(), target.get(), size, from, to));
  }
  if (fsync(target.get()) != 0) {
    return base::errno_error("write", to);
  }
  return {};
}

Result<void> fill_sparse(const fs::path& from, const fs::path& to) {
  GANTRY_TRY(const Fd source, base::open_file(from, O_RDONLY | O_CLOEXEC));
  GANTRY_TRY(const Fd target, base::open_file(to, O_WRONLY | O_CLOEXEC));
  GANTRY_TRY(const auto size, size_of(source.get(), from));
  return copy_extents(source.get(), target.get(), size, from, to);
}

}  // namespace gantry::vm

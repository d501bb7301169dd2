#include "data/file_store.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gantry::data {

namespace {

/// The Error of the system call that has failed.
base::Error failure(std::string_view action, const std::filesystem::path& path) {
  const int code = errno;
  auto error = base::errno_error(action, path);
  if (code == ENOSPC || code == EDQUOT) {
    error.hint = "free some space on that file system, or put the data's file on another";
  } else if (code == EFBIG) {
    error.hint =
        "the file system has no files of that size (ext4 up to 16 TiB); XFS, Btrfs and tmpfs have";
  } else if (code == EIO) {
    error.hint = "the disk below that file fails: see the kernel's messages (dmesg)";
  }
  return error;
}

bool is_zero(std::span<const std::byte> page) {
  return page[0] == std::byte{0} && std::memcmp(page.data(), page.data() + 1, page.size() - 1) == 0;
}

/// Makes the file as large as the device, if it is new.
base::Result<void> size(const base::Fd& fd, const std::filesystem::path& path,
                        std::uint64_t capacity) {
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) {
    return failure("read", path);
  }
  if (!S_ISREG(status.st_mode)) {
    return base::Error{fmt::format("{} is no regular file", path.native()), "",
                       "the data of a device needs a file of its own, which may be a new one"};
  }
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  if (bytes == 0) {
    if (ftruncate(fd.get(), static_cast<off_t>(capacity)) != 0) {
      return failure("enlarge", path);
    }
  } else if (bytes != capacity) {
    return base::Error{
        fmt::format("{} has {} bytes, but the device has {}", path.native(), bytes, capacity), "",
        "give the file that belongs to this device, or remove it"};
  }
  // Beyond the end, where nothing is.
  if (fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(capacity),
                Store::kPageBytes) != 0) {
    auto error = failure("punch holes into", path);
    error.hint = "its file system cannot hold sparse data; ext4, XFS, Btrfs and tmpfs can";
    return error;
  }
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Store>> FileStore::open(const std::filesystem::path& path,
                                                     std::uint64_t capacity) {
  if (path.empty()) {
    return base::Error{"the data of the device needs a file", "",
                       "say which, or use the data mode memory or timing-only"};
  }
  if (capacity > std::uint64_t{std::numeric_limits<off_t>::max()} - kPageBytes) {
    return base::Error{fmt::format("no file has {} bytes", capacity), path.native(), ""};
  }
  GANTRY_TRY(auto fd, base::open_file(path, O_RDWR | O_CREAT));
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK
               ? base::Error{fmt::format("{} is in use by another device", path.native()), "",
                             "wait for the other process, or give each device a file of its own"}
               : failure("lock", path);
  }
  GANTRY_CHECK(size(fd, path, capacity));
  return std::unique_ptr<Store>(new FileStore(std::move(fd), path));
}

base::Result<void> FileStore::read(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const auto count = pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return failure("read", path_);
    }
    if (count == 0) {
      return base::Error{
          fmt::format("{} ends at byte {}, before the device does", path_.native(), offset), "",
          "another process has changed the file"};
    }
    offset += static_cast<std::uint64_t>(count);
    into = into.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

base::Result<void> FileStore::put(std::uint64_t offset, std::span<const std::byte> from) {
  while (!from.empty()) {
    const auto count = pwrite(fd_.get(), from.data(), from.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return failure("write", path_);
    }
    offset += static_cast<std::uint64_t>(count);
    from = from.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

/// In runs of pages that are zero, and of others.
base::Result<void> FileStore::write(std::uint64_t offset, std::span<const std::byte> from) {
  const auto page_at = [&](std::uint64_t at) {
    return from.subspan(at, std::min(from.size() - at, kPageBytes - (offset + at) % kPageBytes));
  };
  const auto is_hole = [&](std::span<const std::byte> page) {
    return page.size() == kPageBytes && is_zero(page);
  };
  for (std::uint64_t begin = 0; begin < from.size();) {
    const bool hole = is_hole(page_at(begin));
    auto end = begin + page_at(begin).size();
    while (end < from.size() && is_hole(page_at(end)) == hole) {
      end += page_at(end).size();
    }
    GANTRY_CHECK(hole ? zero(offset + begin, end - begin)
                      : put(offset + begin, from.subspan(begin, end - begin)));
    begin = end;
  }
  return {};
}

base::Result<void> FileStore::zero(std::uint64_t offset, std::uint64_t length) {
  while (length > 0 && fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                 static_cast<off_t>(offset), static_cast<off_t>(length)) != 0) {
    if (errno != EINTR) {
      return failure("punch holes into", path_);
    }
  }
  return {};
}

base::Result<void> FileStore::flush() {
  while (fdatasync(fd_.get()) != 0) {
    if (errno != EINTR) {
      return failure("flush", path_);
    }
  }
  return {};
}

}  // namespace gantry::data

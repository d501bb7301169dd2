#include "oci/partial_blob.hpp"

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.hpp"

namespace gantry::oci {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

/// Opens and locks the file. Who had the lock before us may have renamed or removed the file; then
/// the name means another one, or none.
Result<Fd> open_locked(const fs::path& path) {
  for (;;) {
    GANTRY_TRY(auto fd, base::open_file(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    while (flock(fd.get(), LOCK_EX) != 0) {
      if (errno != EINTR || base::interrupted()) {
        return base::errno_error("lock", path);
      }
    }
    struct stat opened {};
    struct stat named {};
    if (fstat(fd.get(), &opened) != 0) {
      return base::errno_error("read", path);
    }
    if (!S_ISREG(opened.st_mode)) {
      return base::Error{"a part of a blob must be a regular file", path.native(), ""};
    }
    if (stat(path.c_str(), &named) == 0 && named.st_ino == opened.st_ino &&
        named.st_dev == opened.st_dev) {
      return fd;
    }
  }
}

}  // namespace

Result<std::optional<PartialBlob>> PartialBlob::open(const BlobDirectory& to,
                                                     const fs::path& temporary,
                                                     const Descriptor& blob) {
  if (to.contains(blob)) {
    return std::optional<PartialBlob>();
  }
  const auto path = temporary / fmt::format("partial-{}", blob.digest.hex());
  GANTRY_TRY(auto fd, open_locked(path));
  if (to.contains(blob)) {
    unlink(path.c_str());
    return std::optional<PartialBlob>();
  }
  PartialBlob partial(std::move(fd), to, path, blob);
  GANTRY_CHECK(partial.read_what_is_there());
  return std::optional(std::move(partial));
}

PartialBlob::~PartialBlob() {
  if (fd_ && size_ == 0) {
    unlink(path_.c_str());
  }
}

Result<void> PartialBlob::read_what_is_there() {
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (;;) {
    const auto count = read(fd_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno != EINTR) {
      return base::errno_error("read", path_);
    }
    if (count == 0) {
      return {};
    }
    if (count > 0) {
      const auto bytes = std::span(buffer).first(static_cast<std::size_t>(count));
      size_ += bytes.size();
      if (size_ > blob_.size) {
        return restart();
      }
      hash_.update(bytes);
    }
  }
}

Result<void> PartialBlob::append(std::span<const std::byte> bytes) {
  if (bytes.size() > blob_.size - size_) {
    GANTRY_CHECK(restart());  // who sends too much may have sent anything
    return base::Error{
        fmt::format("more bytes than the {} of blob {}", blob_.size, blob_.digest.text()),
        path_.native(), ""};
  }
  GANTRY_CHECK(base::write_all(fd_.get(), bytes, path_));
  hash_.update(bytes);
  size_ += bytes.size();
  return {};
}

Result<void> PartialBlob::restart() {
  if (ftruncate(fd_.get(), 0) != 0 || lseek(fd_.get(), 0, SEEK_SET) != 0) {
    return base::errno_error("empty", path_);
  }
  size_ = 0;
  hash_ = content::Sha256();
  return {};
}

Result<bool> PartialBlob::commit() {
  if (!complete() || hash_.finish() != blob_.digest) {
    GANTRY_CHECK(restart());
    return false;
  }
  if (fchmod(fd_.get(), 0644) != 0) {
    return base::errno_error("set the mode of", path_);
  }
  if (rename(path_.c_str(), to_.path_of(blob_.digest).c_str()) != 0) {
    return base::errno_error("rename a new file to", to_.path_of(blob_.digest));
  }
  fd_ = {};
  return true;
}

}  // namespace gantry::oci

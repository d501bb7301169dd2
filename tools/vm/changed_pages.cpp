#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"
#include "vm/window_pack.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Result;

namespace {

/// A file that is zero beyond its end and in its holes.
class SparseFile {
 public:
  static Result<SparseFile> open(const fs::path& path) {
    SparseFile file;
    file.path_ = path;
    GANTRY_TRY(file.fd_, base::open_file(path, O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (fstat(file.fd_.get(), &status) != 0) {
      return base::errno_error("look at", path);
    }
    file.size_ = static_cast<std::uint64_t>(status.st_size);
    return file;
  }

  std::uint64_t size() const { return size_; }

  /// The first window from this one on that has data; nothing if there is none.
  Result<std::optional<std::uint64_t>> next_window(std::uint64_t window) const {
    const auto at = lseek(fd_.get(), static_cast<off_t>(window * kPackWindow), SEEK_DATA);
    if (at < 0) {
      return errno == ENXIO ? Result<std::optional<std::uint64_t>>(std::nullopt)
                            : base::errno_error("look for data in", path_);
    }
    return std::optional(static_cast<std::uint64_t>(at) / kPackWindow);
  }

  Result<void> read_window(std::uint64_t window, std::span<std::byte> into) const {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto count = pread(fd_.get(), into.data() + done, into.size() - done,
                               static_cast<off_t>(window * kPackWindow + done));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count < 0) {
        return base::errno_error("read", path_);
      }
      if (count == 0) {
        break;
      }
      done += static_cast<std::size_t>(count);
    }
    std::fill(into.begin() + static_cast<std::ptrdiff_t>(done), into.end(), std::byte{0});
    return {};
  }

 private:
  fs::path path_;
  base::Fd fd_;
  std::uint64_t size_ = 0;
};

std::uint16_t differing(std::span<const std::byte> window, std::span<const std::byte> before) {
  std::uint16_t pages = 0;
  for (std::size_t page = 0; page < kPackWindow / kPackPage; ++page) {
    if (std::memcmp(window.data() + page * kPackPage, before.data() + page * kPackPage,
                    kPackPage) != 0) {
      pages = static_cast<std::uint16_t>(pages | 1U << page);
    }
  }
  return pages;
}

std::optional<std::uint64_t> first_of(std::optional<std::uint64_t> one,
                                      std::optional<std::uint64_t> other) {
  return one && other ? std::min(one, other) : (one ? one : other);
}

}  // namespace

Result<std::vector<WindowPages>> changed_pages(const fs::path& path, const fs::path& from,
                                               std::uint32_t number) {
  GANTRY_TRY(const auto file, SparseFile::open(path));
  std::optional<SparseFile> before;
  if (!from.empty()) {
    GANTRY_TRY(before, SparseFile::open(from));
  }
  std::vector<WindowPages> found;
  std::vector<std::byte> now(kPackWindow);
  std::vector<std::byte> then(kPackWindow);
  for (std::uint64_t window = 0;; ++window) {
    GANTRY_TRY(auto next, file.next_window(window));
    if (before) {
      GANTRY_TRY(const auto other, before->next_window(window));
      next = first_of(next, other);
    }
    if (!next || *next * kPackWindow >= file.size()) {
      return found;
    }
    window = *next;
    GANTRY_CHECK(file.read_window(window, now));
    if (before) {
      GANTRY_CHECK(before->read_window(window, then));
      // What the other has beyond this one's end does not count.
      const auto rest = file.size() - window * kPackWindow;
      if (rest < kPackWindow) {
        std::fill(then.begin() + static_cast<std::ptrdiff_t>(rest), then.end(), std::byte{0});
      }
    }
    if (const auto pages = differing(now, then); pages != 0) {
      found.push_back({number, window, pages});
    }
    if (base::interrupted()) {
      return base::Error{"stopped while reading", path.native(), ""};
    }
  }
}

}  // namespace gantry::vm

#include "vm/known_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/interrupt.hpp"

namespace gantry::vm {

namespace fs = std::filesystem;
using base::Fd;
using base::Result;

namespace {

constexpr std::size_t kWindow = std::size_t{64} << 10;

Result<std::size_t> read_at(int fd, std::span<std::byte> into, off_t at, const fs::path& path) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count =
        pread(fd, into.data() + done, into.size() - done, at + static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return base::errno_error("read", path);
    }
    if (count == 0) {
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

bool is_zero(std::span<const std::byte> bytes) {
  return bytes[0] == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace

Result<content::Digest> sparse_digest(const fs::path& path) {
  GANTRY_TRY(const Fd file, base::open_file(path, O_RDONLY | O_CLOEXEC));
  content::Sha256 digest;
  std::vector<std::byte> window(kWindow);
  for (off_t at = 0;;) {
    at = lseek(file.get(), at, SEEK_DATA);
    if (at < 0) {
      return digest.finish();  // nothing but a hole is left
    }
    at -= at % static_cast<off_t>(kWindow);
    GANTRY_TRY(const auto count, read_at(file.get(), window, at, path));
    if (count == 0) {
      return digest.finish();
    }
    const auto data = std::span<const std::byte>(window).first(count);
    if (!is_zero(data)) {
      std::array<std::byte, 8> offset{};
      for (std::size_t i = 0; i < offset.size(); ++i) {
        offset[i] = static_cast<std::byte>(static_cast<std::uint64_t>(at) >> (8 * i));
      }
      digest.update(offset);
      digest.update(data);
    }
    at += static_cast<off_t>(kWindow);
    if (base::interrupted()) {
      return base::Error{"stopped while reading", path.native(), ""};
    }
  }
}

Result<std::string> identity_of(const fs::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return base::errno_error("look at", path);
  }
  return fmt::format("{}:{} {} {}.{:09} {}.{:09}", status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

}  // namespace gantry::vm

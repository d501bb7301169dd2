#include "oci/blob_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oci/json_document.hpp"

namespace gantry::oci {

namespace {

constexpr const char* kIncompleteHint =
    "the directory is incomplete: build or copy the image again";

}  // namespace

bool BlobDirectory::contains(const Descriptor& descriptor) const {
  struct stat status {};
  return stat(path_of(descriptor.digest).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         static_cast<std::uint64_t>(status.st_size) == descriptor.size;
}

bool BlobDirectory::is(const BlobDirectory& other) const {
  std::error_code failure;
  return root_ == other.root_ || std::filesystem::equivalent(root_, other.root_, failure);
}

base::Result<void> BlobDirectory::bring(std::span<const Descriptor> blobs) const {
  const bool complete = std::all_of(blobs.begin(), blobs.end(),
                                    [this](const Descriptor& blob) { return contains(blob); });
  return complete || fetcher_ == nullptr ? base::Result<void>() : fetcher_->fetch(blobs, *this);
}

base::Result<base::Fd> BlobDirectory::open_blob(const Descriptor& descriptor) const {
  GANTRY_CHECK(bring(std::span(&descriptor, 1)));
  const auto path = path_of(descriptor.digest);
  // O_NONBLOCK: a pipe with the blob's name must not hold us up.
  base::Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) {
    if (errno == ENOENT) {
      return base::Error{fmt::format("blob {} is missing", descriptor.digest.text()),
                         root_.native(), kIncompleteHint};
    }
    return base::errno_error("read", path);
  }
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) {
    return base::errno_error("read", path);
  }
  if (!S_ISREG(status.st_mode)) {
    return base::Error{"a blob must be a regular file", path.native(), ""};
  }
  if (static_cast<std::uint64_t>(status.st_size) != descriptor.size) {
    return base::Error{fmt::format("blob has {} bytes, but its descriptor says {}", status.st_size,
                                   descriptor.size),
                       path.native(), "remove the file, and build or copy the image again"};
  }
  return fd;
}

base::Result<std::string> BlobDirectory::read_document(const Descriptor& descriptor) const {
  const auto path = path_of(descriptor.digest);
  if (descriptor.size > kMaximumDocument) {
    return base::Error{fmt::format("{} bytes are more than the {} that a document may have",
                                   descriptor.size, kMaximumDocument),
                       path.native(), ""};
  }
  GANTRY_TRY(const auto fd, open_blob(descriptor));
  std::string content(descriptor.size, '\0');
  std::size_t filled = 0;
  while (filled < content.size()) {
    const auto count = read(fd.get(), content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return base::errno_error("read", path);
    }
    if (count == 0) {
      break;
    }
    filled += static_cast<std::size_t>(count);
  }
  content.resize(filled);
  if (const auto found = content::sha256(content); found != descriptor.digest) {
    return corrupt(descriptor, found);
  }
  return content;
}

base::Result<void> BlobDirectory::verify(const Descriptor& descriptor) const {
  GANTRY_TRY(const auto fd, open_blob(descriptor));
  GANTRY_TRY(const auto found, digest_of(fd.get(), path_of(descriptor.digest)));
  if (found != descriptor.digest) {
    return corrupt(descriptor, found);
  }
  return {};
}

base::Error BlobDirectory::corrupt(const Descriptor& descriptor, const Digest& found) const {
  return {fmt::format("blob is corrupt: its content has the digest {}", found.text()),
          path_of(descriptor.digest).native(),
          "remove the file, and build or copy the image again"};
}

base::Result<Digest> digest_of(int fd, const std::filesystem::path& path) {
  content::Sha256 hash;
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (;;) {
    const auto count = read(fd, buffer.data(), buffer.size());
    if (count == 0) {
      return hash.finish();
    }
    if (count < 0 && errno != EINTR) {
      return base::errno_error("read", path);
    }
    if (count > 0) {
      hash.update(std::span(buffer).first(static_cast<std::size_t>(count)));
    }
  }
}

}  // namespace gantry::oci

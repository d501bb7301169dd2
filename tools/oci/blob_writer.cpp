#include "oci/blob_writer.hpp"

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gantry::oci {

namespace fs = std::filesystem;
using base::Result;

namespace {

/// A file that only we can change: another name for it is as good as a copy.
bool is_ours_alone(const struct stat& status) {
  return status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// Another name for the very file that fd has open, whatever its old name means by now. False if
/// that cannot be done here, or if the name is taken.
bool link_open_file(int fd, const fs::path& to) {
  return linkat(AT_FDCWD, fmt::format("/proc/self/fd/{}", fd).c_str(), AT_FDCWD, to.c_str(),
                AT_SYMLINK_FOLLOW) == 0;
}

}  // namespace

Result<BlobWriter> BlobWriter::create(const fs::path& temporary) {
  GANTRY_TRY(auto file, TemporaryFile::create(temporary));
  return BlobWriter(std::move(file));
}

Result<void> BlobWriter::write(std::span<const std::byte> bytes) {
  GANTRY_CHECK(base::write_all(file_.fd(), bytes, "a new blob"));
  size_ += bytes.size();
  return {};
}

Result<void> BlobWriter::commit(const BlobDirectory& to, const Digest& digest) {
  Descriptor descriptor;
  descriptor.digest = digest;
  descriptor.size = size_;
  const auto path = to.path_of(digest);
  GANTRY_TRY(const bool linked, file_.link_to(path));
  if (!linked && !to.contains(descriptor)) {
    GANTRY_CHECK(file_.replace(path));
  }
  return {};
}

Result<Digest> BlobWriter::copy(int from, const fs::path& path) {
  if (size_ != 0 || ioctl(file_.fd(), FICLONE, from) != 0) {
    return copy_bytes(from, path);
  }
  auto digest = digest_of(file_.fd(), path);
  size_ = static_cast<std::uint64_t>(lseek(file_.fd(), 0, SEEK_END));
  return digest;
}

/// Hashes what it writes, not what it might read a second time: the source may change meanwhile.
Result<Digest> BlobWriter::copy_bytes(int from, const fs::path& path) {
  content::Sha256 hash;
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  for (;;) {
    const auto count = read(from, buffer.data(), buffer.size());
    if (count == 0) {
      return hash.finish();
    }
    if (count < 0 && errno != EINTR) {
      return base::errno_error("read", path);
    }
    if (count > 0) {
      const auto bytes = std::span(buffer).first(static_cast<std::size_t>(count));
      hash.update(bytes);
      GANTRY_CHECK(write(bytes));
    }
  }
}

Result<void> adopt_blob(const BlobDirectory& to, const fs::path& temporary,
                        const BlobDirectory& from, const Descriptor& descriptor, Check check) {
  if (to.contains(descriptor)) {
    return {};
  }
  GANTRY_TRY(const auto source, from.open_blob(descriptor));
  const auto path = from.path_of(descriptor.digest);
  struct stat status {};
  if (fstat(source.get(), &status) != 0) {
    return base::errno_error("read", path);
  }
  if (is_ours_alone(status)) {
    if (check == Check::kDigest) {
      GANTRY_TRY(const auto found, digest_of(source.get(), path));
      if (found != descriptor.digest) {
        return from.corrupt(descriptor, found);
      }
    }
    if (link_open_file(source.get(), to.path_of(descriptor.digest)) ||
        to.contains(descriptor)) {  // another process was first
      return {};
    }
    lseek(source.get(), 0, SEEK_SET);
  }
  GANTRY_TRY(auto writer, BlobWriter::create(temporary));
  GANTRY_TRY(const auto found, writer.copy(source.get(), path));
  if (found != descriptor.digest) {
    return from.corrupt(descriptor, found);
  }
  return writer.commit(to, descriptor.digest);
}

Result<Descriptor> put_blob(const BlobDirectory& to, const fs::path& temporary,
                            std::string_view content, std::string_view media_type) {
  Descriptor descriptor;
  descriptor.media_type = media_type;
  descriptor.digest = content::sha256(content);
  descriptor.size = content.size();
  if (!to.contains(descriptor)) {
    GANTRY_TRY(auto writer, BlobWriter::create(temporary));
    GANTRY_CHECK(writer.write(std::as_bytes(std::span(content))));
    GANTRY_CHECK(writer.commit(to, descriptor.digest));
  }
  return descriptor;
}

}  // namespace gantry::oci

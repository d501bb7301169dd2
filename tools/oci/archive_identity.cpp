#include "oci/archive_identity.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.hpp"

namespace gantry::oci {

base::Result<Digest> archive_identity(const std::filesystem::path& archive) {
  struct stat status {};
  if (stat(archive.c_str(), &status) != 0) {
    return base::errno_error("read", archive);
  }
  if (!S_ISREG(status.st_mode)) {
    return base::Error{"this is not a file", archive.native(), ""};
  }
  return content::sha256(fmt::format("archive 1 {} {} {} {} {}.{} {}.{}", archive.native(),
                                     status.st_dev, status.st_ino, status.st_size,
                                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                                     status.st_ctim.tv_sec, status.st_ctim.tv_nsec));
}

std::filesystem::path archive_note(const BlobStore& store, const Digest& identity) {
  return store.blobs().root() / "archives" / identity.hex();
}

}  // namespace gantry::oci

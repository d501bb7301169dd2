#include "oci/file_source.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace gantry::oci {

base::Result<std::unique_ptr<FileSource>> FileSource::open(const std::filesystem::path& path) {
  GANTRY_TRY(base::Fd fd, base::open_file(path, O_RDONLY));
  return std::unique_ptr<FileSource>(new FileSource(std::move(fd), path));
}

base::Result<std::size_t> FileSource::read(std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count = ::read(fd_.get(), into.data() + done, into.size() - done);
    if (count == 0) {
      break;
    }
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      return base::errno_error("read", path_);
    }
  }
  return done;
}

}  // namespace gantry::oci

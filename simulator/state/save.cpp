#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "ssd/device_transfer.hpp"
#include "state/header.hpp"
#include "state/state.hpp"
#include "state/writer.hpp"

namespace gantry::state {

namespace fs = std::filesystem;

namespace {

/// A new file beside the one that it is going to replace, gone again if it does not.
class NewFile {
 public:
  static base::Result<NewFile> create(const fs::path& path) {
    auto name = path.native() + ".XXXXXX";
    base::Fd fd(mkostemp(name.data(), O_CLOEXEC));
    if (!fd) {
      return base::errno_error("create", path);
    }
    return NewFile(std::move(fd), std::move(name), path);
  }
  NewFile(NewFile&& other) noexcept
      : fd_(std::move(other.fd_)),
        name_(std::exchange(other.name_, {})),
        path_(std::move(other.path_)) {}
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile() {
    if (!name_.empty()) {
      unlink(name_.c_str());
    }
  }

  int fd() const { return fd_.get(); }

  base::Result<void> replace() {
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(fd_.get(), 0666 & ~mask) != 0 || fsync(fd_.get()) != 0) {
      return base::errno_error("write", path_);
    }
    if (rename(name_.c_str(), path_.c_str()) != 0) {
      return base::errno_error("rename a new file to", path_);
    }
    name_.clear();
    const auto directory = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
    GANTRY_TRY(const auto fd, base::open_file(directory, O_RDONLY | O_DIRECTORY));
    // A file system that cannot do this keeps names as well as it can.
    if (fsync(fd.get()) != 0 && errno != EINVAL) {
      return base::errno_error("write", directory);
    }
    return {};
  }

 private:
  NewFile(base::Fd fd, std::string name, fs::path path)
      : fd_(std::move(fd)), name_(std::move(name)), path_(std::move(path)) {}

  base::Fd fd_;
  std::string name_;
  fs::path path_;
};

/// In whole blocks.
std::vector<std::byte> padded(std::span<const std::byte> bytes) {
  std::vector<std::byte> blocks(bytes.begin(), bytes.end());
  blocks.resize(in_blocks(blocks.size()));
  return blocks;
}

}  // namespace

base::Result<void> save(ssd::Device& device, const config::Description& description,
                        const fs::path& path) {
  if (!device.is_settled()) {
    return base::Error{"the device has commands that have not ended, and cannot be saved", "", ""};
  }
  auto saved = description;
  saved.parameters = device.parameters();
  const auto text = config::write(saved);
  if (config::read(text).description != saved) {
    return base::Error{"the device is one that no description can describe", "", ""};
  }
  GANTRY_TRY(auto file, NewFile::create(path));
  const auto device_blocks = padded(std::as_bytes(std::span(text)));
  const std::vector<std::byte> space(kBlock);  // for the header, which is known last
  GANTRY_CHECK(base::write_all(file.fd(), space, path));
  GANTRY_CHECK(base::write_all(file.fd(), device_blocks, path));
  Writer writer(file.fd(), path);
  device.transfer(writer);
  if (writer.error()) {
    return *writer.error();
  }
  const auto books = padded(writer.books());
  GANTRY_CHECK(base::write_all(file.fd(), books, path));
  auto header = make_header({text.size(), writer.array_bytes(), writer.books().size()});
  header.sections[kDevice].checksum = checksum(device_blocks);
  header.sections[kArrays].checksum = writer.array_checksum();
  header.sections[kBooks].checksum = checksum(books);
  seal(header);
  if (lseek(file.fd(), 0, SEEK_SET) != 0) {
    return base::errno_error("write", path);
  }
  GANTRY_CHECK(base::write_all(file.fd(), std::as_bytes(std::span(&header, 1)), path));
  return file.replace();
}

}  // namespace gantry::state

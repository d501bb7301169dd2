#include "vm/agent/file_transfer.hpp"

#include <array>
#include <cstdio>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "vm/agent/failure.hpp"

namespace gantry::vm::agent {

namespace {

/// Of the directory that path lies in.
std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string temporary_name(const std::string& path) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  std::array<unsigned char, 8> random{};
  getrandom(random.data(), random.size(), GRND_NONBLOCK);
  std::string name = directory_of(path) + "/.gantry-";
  for (const auto byte : random) {
    name += kDigits[byte % kDigits.size()];
  }
  return name;
}

}  // namespace

std::optional<Failure> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) {
      return failure_of("write " + path);
    }
    bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return std::nullopt;
}

std::variant<Upload, Failure> Upload::begin(PutFile file) {
  if (!file.path.starts_with('/') || file.path.ends_with('/') ||
      file.path.find('\0') != std::string::npos) {
    return Failure{"'" + file.path + "' is no absolute path of a file", EINVAL};
  }
  for (;;) {
    auto temporary = temporary_name(file.path);
    Fd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd) {
      return Upload(std::move(file), std::move(temporary), std::move(fd));
    }
    if (errno != EEXIST) {
      return failure_of("write in " + directory_of(file.path));
    }
  }
}

Upload& Upload::operator=(Upload&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(temporary_, other.temporary_);
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  return *this;
}

Upload::~Upload() {
  if (fd_) {
    unlink(temporary_.c_str());
  }
}

std::optional<Failure> Upload::write(std::string_view bytes) {
  size_ += bytes.size();
  return write_all(fd_.get(), bytes, file_.path);
}

std::optional<Failure> Upload::give_to_owner() {
  // The owner first: a change of it takes the set-user-ID bit away.
  if ((file_.user != kSameOwner || file_.group != kSameOwner) &&
      fchown(fd_.get(), file_.user, file_.group) != 0) {
    return failure_of("give " + file_.path + " to its owner");
  }
  if (fchmod(fd_.get(), file_.mode & 07777) != 0) {
    return failure_of("set the mode of " + file_.path);
  }
  return std::nullopt;
}

std::optional<Failure> Upload::finish() {
  if (size_ != file_.size) {
    return Failure{"the host has sent " + std::to_string(size_) + " of the " +
                       std::to_string(file_.size) + " bytes of " + file_.path,
                   EIO};
  }
  if (auto failure = give_to_owner()) {
    return failure;
  }
  if (fsync(fd_.get()) != 0 || rename(temporary_.c_str(), file_.path.c_str()) != 0) {
    return failure_of("write " + file_.path);
  }
  fd_.reset();
  const Fd directory(open(directory_of(file_.path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  fsync(directory.get());
  return std::nullopt;
}

std::variant<Download, Failure> Download::begin(std::string path) {
  // Nobody may be at the other end of a pipe.
  Fd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) {
    return failure_of("read " + path);
  }
  if (!S_ISREG(status.st_mode)) {
    return Failure{path + " is no file that can be read to its end", EINVAL};
  }
  posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
  const FileInfo info{status.st_mode & 07777, static_cast<std::uint64_t>(status.st_size)};
  return Download(std::move(path), std::move(fd), info);
}

std::variant<std::size_t, Failure> Download::read(char* to, std::size_t size) {
  for (;;) {
    const auto count = ::read(fd_.get(), to, size);
    if (count >= 0) {
      return static_cast<std::size_t>(count);
    }
    if (errno != EINTR) {
      return failure_of("read " + path_);
    }
  }
}

std::optional<Failure> replace_file(const std::string& path, std::string_view content) {
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444));
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) {
    return failure_of("write " + path);
  }
  if (auto failure = write_all(fd.get(), content, path)) {
    return failure;
  }
  const auto size = static_cast<off_t>(content.size());
  if (status.st_size > size && ftruncate(fd.get(), size) != 0) {
    return failure_of("write " + path);
  }
  return std::nullopt;
}

}  // namespace gantry::vm::agent

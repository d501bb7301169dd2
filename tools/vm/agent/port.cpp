#include "vm/agent/port.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <termios.h>

namespace gantry::vm::agent {

namespace {

constexpr int kRetryMilliseconds = 20;
constexpr int kLongestRetryMilliseconds = 200;
constexpr int kLookMilliseconds = 1000;  // whether the port is still there

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

bool has_name(const std::string& device, std::string_view name) {
  const Fd file(
      ::open(("/sys/class/virtio-ports/" + device + "/name").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> text{};
  const auto size = ::read(file.get(), text.data(), text.size());
  const std::string_view found(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return found.substr(0, found.find('\n')) == name;
}

/// udev makes links by names; without it the kernel alone knows them.
std::string device_of(const std::string& name) {
  const std::unique_ptr<DIR, CloseDirectory> ports(opendir("/sys/class/virtio-ports"));
  while (const auto* entry = ports ? readdir(ports.get()) : nullptr) {
    if (entry->d_name[0] != '.' && has_name(entry->d_name, name)) {
      return std::string("/dev/") + entry->d_name;
    }
  }
  return "/dev/virtio-ports/" + name;
}

void make_raw(int fd) {
  if (termios settings{}; tcgetattr(fd, &settings) == 0) {
    cfmakeraw(&settings);
    tcsetattr(fd, TCSANOW, &settings);
  }
}

bool is_hung_up(int fd) {
  pollfd polled{fd, 0, 0};
  return poll(&polled, 1, 0) > 0 && (polled.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/// Reads nothing: what has come already is for when the host is there.
bool is_unplugged(int fd) {
  char byte = 0;
  return ::read(fd, &byte, 0) < 0 && errno == ENODEV;
}

}  // namespace

Port Port::named(const std::string& name) {
  Port port(name, "", true);
  port.open();
  return port;
}

Port Port::at(const std::string& path) {
  Port port("", path, path.starts_with("/dev/vport") || path.starts_with("/dev/virtio-ports/"));
  port.open();
  return port;
}

Port Port::on(int fd) {
  Port port("", "", false);
  port.fd_ = Fd(fd);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return port;
}

void Port::open() {
  fd_.reset();
  for (int pause = kRetryMilliseconds;; pause = std::min(2 * pause, kLongestRetryMilliseconds)) {
    const auto device = path_.empty() ? device_of(name_) : path_;
    fd_ = Fd(::open(device.c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd_) {
      make_raw(fd_.get());
      return;
    }
    poll(nullptr, 0, pause);
  }
}

long Port::read(char* to, std::size_t size) const {
  const auto count = ::read(fd_.get(), to, size);
  if (count > 0) {
    return count;
  }
  return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

long Port::write(std::string_view bytes) const {
  const auto count = ::write(fd_.get(), bytes.data(), bytes.size());
  if (count >= 0) {
    return count;
  }
  return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

bool Port::wait_for_host() {
  if (name_.empty() && path_.empty()) {
    return false;
  }
  if (!is_virtio_) {
    poll(nullptr, 0, kRetryMilliseconds);
    open();
    return true;
  }
  // poll(2) says at once that there is no host. The port is asked again only when it changes.
  const Fd changes(epoll_create1(EPOLL_CLOEXEC));
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLET;
  if (epoll_ctl(changes.get(), EPOLL_CTL_ADD, fd_.get(), &wanted) != 0) {
    open();
    return true;
  }
  while (is_hung_up(fd_.get())) {
    if (is_unplugged(fd_.get())) {
      open();
      return true;
    }
    epoll_event event{};
    epoll_wait(changes.get(), &event, 1, kLookMilliseconds);
  }
  return true;
}

}  // namespace gantry::vm::agent

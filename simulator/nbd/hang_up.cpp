// nbdkit 1.32.4 to 1.33.9, which Debian 12 has, aborts if a client goes away while several answers
// are on their way to it: the thread that cannot send the first one closes the socket, and the next
// thread asserts that it is open. Where the plugin stands before the C library (LD_PRELOAD, by
// which `gantry ssd serve` starts nbdkit), nbdkit does not learn that an answer has not arrived;
// that a client has gone it sees when there is nothing more to read, which it is told when the
// answers have left.
#include <cerrno>
#include <cstddef>
#include <ctime>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

namespace {

bool is_gone(int code) {
  return code == EPIPE || code == ECONNRESET;
}

/// Nothing of a request has come, or some of it, and nothing more will.
ssize_t end_of_requests(int socket) {
  struct stat status {};
  if (fstat(socket, &status) == 0 && S_ISSOCK(status.st_mode)) {
    constexpr timespec kUntilAnswersHaveLeft = {.tv_sec = 0, .tv_nsec = 50'000'000};
    nanosleep(&kUntilAnswersHaveLeft, nullptr);
  }
  return 0;
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) ssize_t send(int socket, const void* data, std::size_t size,
                                                    int flags) {
  const auto sent = sendto(socket, data, size, flags, nullptr, 0);
  return sent < 0 && is_gone(errno) ? static_cast<ssize_t>(size) : sent;
}

__attribute__((visibility("default"))) ssize_t read(int file, void* data, std::size_t size);
ssize_t read(int file, void* data, std::size_t size) {
  const iovec place = {data, size};
  const auto count = readv(file, &place, 1);
  return (count == 0 && size > 0) || (count < 0 && is_gone(errno)) ? end_of_requests(file) : count;
}

}  // extern "C"

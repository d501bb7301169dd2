#include "tests/registry/stream.hpp"

#include <algorithm>
#include <cerrno>

#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

namespace gantry::test_registry {

namespace {

constexpr int kIdleMilliseconds = 60'000;

}  // namespace

void Stream::FreeSsl::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

Stream::Stream(base::Fd socket, BreakingLine& line) : socket_(std::move(socket)), line_(line) {}

Stream::~Stream() = default;

bool Stream::wait_for(short events) {
  pollfd descriptor{.fd = socket_.get(), .events = events, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&descriptor, 1, kIdleMilliseconds);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

bool Stream::retry(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(POLLIN);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(POLLOUT);
    default:
      return false;
  }
}

bool Stream::start_tls(SSL_CTX* context) {
  if (context == nullptr) {
    return true;
  }
  ssl_.reset(SSL_new(context));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.get()) != 1) {
    return false;
  }
  int result = 0;
  do {
    result = SSL_accept(ssl_.get());
  } while (result <= 0 && retry(result));
  return result == 1;
}

std::size_t Stream::allowance() {
  const std::uint64_t limit = line_.every_bytes;
  if (limit == 0 || line_.times == 0) {
    return SIZE_MAX;
  }
  return limit > carried_ ? limit - carried_ : 1;
}

void Stream::carried(std::size_t bytes) {
  carried_ += bytes;
  if (line_.every_bytes != 0 && carried_ >= line_.every_bytes) {
    // Another connection may take the last break at the same time: then this one stays whole.
    unsigned left = line_.times;
    while (left > 0 && !line_.times.compare_exchange_weak(left, left - 1)) {
    }
    if (left > 0) {
      close(true);
    }
  }
}

std::size_t Stream::read(std::span<char> into) {
  const std::size_t wanted = std::min({into.size(), allowance(), std::size_t{1} << 20});
  while (socket_) {
    ssize_t got = 0;
    if (ssl_) {
      const int result = SSL_read(ssl_.get(), into.data(), static_cast<int>(wanted));
      if (result <= 0 && retry(result)) {
        continue;
      }
      got = result;
    } else {
      got = ::recv(socket_.get(), into.data(), wanted, 0);
      if (got < 0 && (errno == EINTR || (errno == EAGAIN && wait_for(POLLIN)))) {
        continue;
      }
    }
    if (got <= 0) {
      return 0;
    }
    carried(static_cast<std::size_t>(got));
    return static_cast<std::size_t>(got);
  }
  return 0;
}

bool Stream::write(std::string_view bytes) {
  while (!bytes.empty() && socket_) {
    const std::size_t wanted = std::min({bytes.size(), allowance(), std::size_t{1} << 20});
    ssize_t sent = 0;
    if (ssl_) {
      const int result = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(wanted));
      if (result <= 0 && retry(result)) {
        continue;
      }
      sent = result;
    } else {
      sent = ::send(socket_.get(), bytes.data(), wanted, MSG_NOSIGNAL);
      if (sent < 0 && (errno == EINTR || (errno == EAGAIN && wait_for(POLLOUT)))) {
        continue;
      }
    }
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
    carried(static_cast<std::size_t>(sent));
  }
  return bytes.empty();
}

bool Stream::pause(std::chrono::nanoseconds duration) {
  std::unique_lock lock(mutex_);
  return !stopping_.wait_for(lock, duration, [&] { return stopped_; });
}

void Stream::finish_writing() {
  if (ssl_ && socket_) {
    SSL_shutdown(ssl_.get());
  }
  if (socket_) {
    ::shutdown(socket_.get(), SHUT_WR);
  }
}

void Stream::close(bool reset) {
  if (!reset) {
    finish_writing();
  }
  const std::lock_guard lock(mutex_);
  if (socket_ && reset) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  socket_ = base::Fd();
}

void Stream::shut_down() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  stopping_.notify_all();
  if (socket_) {
    ::shutdown(socket_.get(), SHUT_RDWR);
  }
}

}  // namespace gantry::test_registry

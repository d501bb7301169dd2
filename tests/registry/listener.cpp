#include "tests/registry/listener.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace gantry::test_registry {

namespace {

constexpr std::size_t kMaximumConnections = 256;

// OpenSSL writes without MSG_NOSIGNAL, and whoever runs the server wants the other signals itself.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace

base::Result<std::unique_ptr<Listener>> Listener::open(std::uint16_t port, BreakingLine& line,
                                                       Serve serve) {
  const std::string name = fmt::format("127.0.0.1:{}", port);
  base::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) {
    return base::errno_error("make a socket for", name);
  }
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0 ||
      ::getsockname(socket.get(), generic, &size) != 0) {
    return base::errno_error("listen on", name);
  }
  return std::unique_ptr<Listener>(
      new Listener(std::move(socket), ntohs(address.sin_port), line, std::move(serve)));
}

Listener::Listener(base::Fd socket, std::uint16_t port, BreakingLine& line, Serve serve)
    : socket_(std::move(socket)), port_(port), line_(line), serve_(std::move(serve)) {
  thread_ = std::jthread([this] { accept_all(); });
}

Listener::~Listener() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (Connection& connection : connections_) {
      connection.stream.shut_down();
    }
  }
  ::shutdown(socket_.get(), SHUT_RDWR);
  thread_.join();
}

void Listener::accept_all() {
  block_signals();
  for (unsigned number = 1;; ++number) {
    base::Fd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    const bool passing = errno == EINTR || errno == ECONNABORTED || errno == EMFILE;
    const std::lock_guard lock(mutex_);
    std::erase_if(connections_,
                  [](const Connection& connection) { return connection.done.load(); });
    if (stopped_ || (!socket && !passing)) {
      return;
    }
    if (!socket || connections_.size() >= kMaximumConnections) {
      continue;
    }
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection& connection = connections_.emplace_back(std::move(socket), line_);
    connection.thread = std::jthread([this, &connection, number] {
      serve_(connection.stream, number);
      connection.stream.close();
      connection.done = true;
    });
  }
}

}  // namespace gantry::test_registry

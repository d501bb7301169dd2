#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "base/file.hpp"
#include "base/result.hpp"
#include "tests/registry/stream.hpp"

namespace gantry::test_registry {

/// Accepts connections on 127.0.0.1 and serves each in a thread of its own; stops, with all of
/// them, on destruction.
class Listener {
 public:
  /// Called once per connection with the stream and the connection's number, counted from 1.
  using Serve = std::function<void(Stream&, unsigned)>;

  /// Port 0 takes any free one. line must outlive the listener.
  static base::Result<std::unique_ptr<Listener>> open(std::uint16_t port, BreakingLine& line,
                                                      Serve serve);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  struct Connection {
    Stream stream;
    std::atomic<bool> done = false;
    std::jthread thread = {};
    Connection(base::Fd socket, BreakingLine& line) : stream(std::move(socket), line) {}
  };

  Listener(base::Fd socket, std::uint16_t port, BreakingLine& line, Serve serve);
  void accept_all();

  base::Fd socket_;
  std::uint16_t port_;
  BreakingLine& line_;
  Serve serve_;
  std::mutex mutex_;  ///< of connections_ and stopped_
  std::list<Connection> connections_;
  bool stopped_ = false;
  std::jthread thread_;
};

}  // namespace gantry::test_registry

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include <openssl/types.h>

#include "base/file.hpp"

namespace gantry::test_registry {

/// A line that breaks: each connection is reset after it has carried so many bytes in both
/// directions, as long as there are breaks left. Shared by the connections of a server.
struct BreakingLine {
  std::atomic<std::uint64_t> every_bytes = 0;  ///< 0: never
  std::atomic<unsigned> times = 0;
};

/// One accepted connection, plain or TLS, used by one thread; shut_down() may come from another.
class Stream {
 public:
  Stream(base::Fd socket, BreakingLine& line);
  ~Stream();

  /// Speaks TLS from now on; false when the peer does not. Null: stays plain.
  bool start_tls(SSL_CTX* context);

  /// At least one byte; 0 when the connection has ended, broken or been idle for too long.
  std::size_t read(std::span<char> into);

  /// False when the connection is gone.
  bool write(std::string_view bytes);

  /// Waits; false when the server stops meanwhile.
  bool pause(std::chrono::nanoseconds duration);

  /// Ends the connection in order (the peer reads the end) or by a reset.
  void close(bool reset = false);

  /// Says that nothing more will be written; the peer may go on.
  void finish_writing();

  /// Makes every call above return; from any thread.
  void shut_down();

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const;
  };

  bool wait_for(short events);
  bool retry(int result);
  std::size_t allowance();
  void carried(std::size_t bytes);

  base::Fd socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  BreakingLine& line_;
  std::uint64_t carried_ = 0;
  std::mutex mutex_;  ///< of socket_'s end and stopped_
  std::condition_variable stopping_;
  bool stopped_ = false;
};

}  // namespace gantry::test_registry

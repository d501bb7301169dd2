#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace gantry::nbd {

/// What is to be done if a process that was told to end, by SIGINT, SIGTERM, SIGHUP or SIGQUIT, has
/// not ended after a while: nbdkit waits for its clients to leave. One at a time in a process.
class ForcedEnd {
 public:
  /// act runs in a thread of its own, and is to end the process. The handlers that the signals had
  /// are called, too.
  ForcedEnd(std::chrono::milliseconds grace, std::function<void()> act);
  /// The process ends by itself.
  ~ForcedEnd();
  ForcedEnd(const ForcedEnd&) = delete;
  ForcedEnd& operator=(const ForcedEnd&) = delete;

 private:
  void run(std::chrono::milliseconds grace);

  std::function<void()> act_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::jthread thread_;
};

}  // namespace gantry::nbd

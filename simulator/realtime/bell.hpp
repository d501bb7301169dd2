#pragma once

#include <atomic>
#include <cstdint>

namespace gantry::realtime {

/// What another thread ends a sleep with. One thread waits, any may ring.
///
/// Ringing has two parts, so that the second, a call of the kernel, can be made after a lock is
/// given back, and spared if nobody sleeps: set() and then wake(), which wants an address only. The
/// bell itself may be gone by then.
class Bell {
 public:
  void set() { word_.store(kRings, std::memory_order_release); }
  /// The same, for the last time: from now on the bell, and what stands beside it, is its thread's
  /// alone.
  void set_last() { word_.store(kRingsLast, std::memory_order_release); }
  void reset() { word_.store(0, std::memory_order_relaxed); }
  bool is_set() const { return word_.load(std::memory_order_acquire) != 0; }
  bool is_last() const { return word_.load(std::memory_order_acquire) == kRingsLast; }

  /// What a thread sleeps on as long as it is 0.
  std::atomic<std::uint32_t>& word() { return word_; }

 private:
  static constexpr std::uint32_t kRings = 1;
  static constexpr std::uint32_t kRingsLast = 2;

  std::atomic<std::uint32_t> word_{0};
};

/// Wakes the thread that sleeps until this bell rings, if one does.
void wake(const Bell* bell);

}  // namespace gantry::realtime

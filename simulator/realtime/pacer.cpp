#include "realtime/pacer.hpp"

#include <algorithm>

namespace gantry::realtime {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// Fifteen of sixteen sleeps end within what is left to spin: where steps up and down balance.
constexpr Nanos kStepUp{1600};
constexpr Nanos kStepDown{100};
constexpr Nanos kFirstSpin{10'000};

/// The processor does something else for a few cycles, if it has somebody to do it for.
void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

}  // namespace

Nanos Punctuality::mean_lateness() const {
  return delivered == 0 ? Nanos{0} : total_lateness / static_cast<std::int64_t>(delivered);
}

std::string to_json(const Punctuality& punctuality) {
  return "{\"delivered\": " + std::to_string(punctuality.delivered) +
         ", \"late\": " + std::to_string(punctuality.late) +
         ", \"tolerance_ns\": " + std::to_string(punctuality.tolerance.count()) +
         ", \"mean_lateness_ns\": " + std::to_string(punctuality.mean_lateness().count()) +
         ", \"worst_lateness_ns\": " + std::to_string(punctuality.worst_lateness.count()) + "}";
}

Pacer::Pacer(Clock& clock, const Options& options, Nanos begin)
    : clock_(clock),
      options_(options),
      begin_(begin),
      spin_(std::min(kFirstSpin, options.longest_spin).count()) {}

Nanos Pacer::wait_until(Nanos deadline) {
  auto time = now();
  if (const auto wake = deadline - spin(); time < wake) {
    clock_.sleep_until(begin_ + wake);
    time = now();
    learn(time - wake);
  }
  while (time < deadline) {
    relax();
    time = now();
  }
  return time;
}

Nanos Pacer::wait_until(Nanos deadline, Bell& bell) {
  if (deadline == kNever) {
    clock_.sleep_until(kNever, bell);
    return now();
  }
  auto time = now();
  if (const auto wake = deadline - spin(); time < wake) {
    clock_.sleep_until(begin_ + wake, bell);
    time = now();
    if (!bell.is_set()) {
      learn(time - wake);
    }
  }
  while (time < deadline && !bell.is_set()) {
    relax();
    time = now();
  }
  return time;
}

void Pacer::learn(Nanos overslept) {
  // A step that another thread takes meanwhile may be lost; there will be more of them.
  const auto left = spin();
  const auto next = overslept > left ? left + kStepUp : left - kStepDown;
  spin_.store(std::clamp(next, Nanos{0}, options_.longest_spin).count(), kRelaxed);
}

void Pacer::delivered(Nanos deadline, Nanos time) {
  const auto lateness = std::max(time - deadline, Nanos{0});
  delivered_.fetch_add(1, kRelaxed);
  if (lateness > options_.tolerance) {
    late_.fetch_add(1, kRelaxed);
  }
  total_lateness_.fetch_add(lateness.count(), kRelaxed);
  auto worst = worst_lateness_.load(kRelaxed);
  while (lateness.count() > worst &&
         !worst_lateness_.compare_exchange_weak(worst, lateness.count(), kRelaxed)) {
  }
}

Punctuality Pacer::punctuality() const {
  return {options_.tolerance, delivered_.load(kRelaxed), late_.load(kRelaxed),
          Nanos{total_lateness_.load(kRelaxed)}, Nanos{worst_lateness_.load(kRelaxed)}};
}

}  // namespace gantry::realtime

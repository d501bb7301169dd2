#include "fio/conductor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gantry::fio {

namespace {

constexpr std::int64_t kLookAgain = 200'000'000;  // real nanoseconds
constexpr int kPatience = 50;                     // of these

void wake(Party& party) {
  party.state.store(Party::kRunning, std::memory_order_release);
  wake_all(party.state);
}

bool is_active(const Party& party) {
  const auto state = party.state.load(std::memory_order_acquire);
  return state != Party::kAbsent && state != Party::kDormant;
}

}  // namespace

/// Holds the lock, which the death of another process does not keep.
class Conductor::Locked {
 public:
  explicit Locked(Conductor& conductor) : conductor_(conductor) { lock(); }
  ~Locked() { unlock(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

  void lock() {
    if (pthread_mutex_lock(&conductor_.lock_) == EOWNERDEAD) {
      pthread_mutex_consistent(&conductor_.lock_);
      conductor_.is_broken_.store(true, std::memory_order_release);
    }
  }
  void unlock() { pthread_mutex_unlock(&conductor_.lock_); }

 private:
  Conductor& conductor_;
};

Conductor::Conductor() {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&lock_, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

void Conductor::begin(Job* jobs, std::uint32_t count, IsGone is_gone, Events& events) {
  const Locked locked(*this);
  jobs_ = jobs;
  count_ = count;
  is_gone_ = is_gone;
  events_ = &events;
}

void Conductor::join(std::uint32_t job) {
  const Locked locked(*this);
  jobs_[job].process = getpid();
  jobs_[job].state.store(Party::kRunning, std::memory_order_release);
}

bool Conductor::leave(std::uint32_t job) {
  const Locked locked(*this);
  jobs_[job].state.store(Party::kAbsent, std::memory_order_release);
  advance();
  return is_over();
}

bool Conductor::is_over() const {
  return std::none_of(jobs_, jobs_ + count_, [this](const Job& job) {
    return is_active(job) || (job.state == Party::kDormant && is_gone_(job.thread) == 0);
  });
}

bool Conductor::wait(std::uint32_t job) {
  Locked locked(*this);
  if (!is_broken() && events_->is_satisfied(job)) {
    return true;
  }
  jobs_[job].state.store(Party::kWaiting, std::memory_order_release);
  advance();
  block(jobs_[job], locked);
  return !is_broken() && (!is_stuck_ || events_->is_satisfied(job));
}

void Conductor::take_turn(std::uint32_t job) {
  Locked locked(*this);
  jobs_[job].state.store(Party::kQueueing, std::memory_order_release);
  advance();
  block(jobs_[job], locked);
}

void Conductor::process_was_killed(int process) {
  const Locked locked(*this);
  for (auto* job = jobs_; job != jobs_ + count_; ++job) {
    if (job->process == process && is_active(*job)) {
      job->state.store(Party::kAbsent, std::memory_order_release);
      advance();
    }
  }
}

void Conductor::sleep(Party& job, Time duration) {
  Locked locked(*this);
  if (is_broken()) {  // no model is asked any more, so time goes on without
    set_now(now() + duration);
    return;
  }
  job.wake = now() + duration;
  job.state.store(Party::kSleeping, std::memory_order_release);
  advance();
  block(job, locked);
}

void Conductor::helper_sleeps(Time until) {
  const Locked locked(*this);
  helper_.wake = until;
  helper_.state.store(Party::kSleeping, std::memory_order_release);
  wake_all(helper_.state);
  advance();
}

void Conductor::call_helper() {
  const Locked locked(*this);
  if (helper_.state.load(std::memory_order_acquire) == Party::kSleeping) {
    helper_.state.store(Party::kRunning, std::memory_order_release);
  }
}

void Conductor::go_outside(Party& party) {
  const Locked locked(*this);
  party.state.store(Party::kOutside, std::memory_order_release);
  wake_all(party.state);
  advance();
}

void Conductor::come_back(Party& party) {
  const Locked locked(*this);
  party.state.store(Party::kRunning, std::memory_order_release);
}

/// Until others have let the party run. Time may be held by one who was to begin and will not, of
/// which nobody tells.
void Conductor::block(Party& party, Locked& lock) {
  for (;;) {
    const auto state = party.state.load(std::memory_order_acquire);
    if (state == Party::kRunning) {
      return;
    }
    if (is_stuck_ || is_broken()) {
      party.state.store(Party::kRunning, std::memory_order_release);
      return;
    }
    lock.unlock();
    fio::wait(party.state, state, kLookAgain);
    lock.lock();
    if (party.state.load(std::memory_order_acquire) == state) {
      advance();
    }
  }
}

bool Conductor::is_held() const {
  return helper_.state.load(std::memory_order_acquire) == Party::kRunning ||
         std::any_of(jobs_, jobs_ + count_, [](const Job& job) {
           return job.state.load(std::memory_order_acquire) == Party::kRunning;
         });
}

bool Conductor::waitee_runs(const Job& job) const {
  return job.wait_for != nullptr && std::any_of(jobs_, jobs_ + count_, [&](const Job& other) {
           return std::strcmp(other.name, job.name) != 0 &&
                  std::strcmp(other.name, job.wait_for) == 0 &&
                  (is_active(other) ||
                   (other.state == Party::kDormant && is_gone_(other.thread) == 0));
         });
}

/// Whether fio is about to begin a job; if not, earliest is at most the time at which it will.
/// These are the rules of fio's run_threads().
bool Conductor::dormant_holds(Time& earliest) const {
  const bool any_runs = std::any_of(jobs_, jobs_ + count_, is_active);
  for (const auto* job = jobs_; job != jobs_ + count_; ++job) {
    if (job->state != Party::kDormant || is_gone_(job->thread) != 0) {
      continue;
    }
    if (const auto begin = genesis_ + job->start_delay; begin > now()) {
      earliest = std::min(earliest, begin);
    } else if (job->is_stonewalled && any_runs) {
      return false;
    } else if (!waitee_runs(*job)) {
      return true;
    }
  }
  return false;
}

Time Conductor::next_sleeper() const {
  Time earliest = kNever;
  for (const auto* job = jobs_; job != jobs_ + count_; ++job) {
    if (job->state == Party::kSleeping) {
      earliest = std::min(earliest, job->wake);
    }
  }
  return earliest;
}

/// Lets run all that have something to do now; false: nobody has.
bool Conductor::wake_due() {
  bool any = false;
  for (std::uint32_t at = 0; at < count_; ++at) {
    auto& job = jobs_[at];
    const auto state = job.state.load(std::memory_order_acquire);
    if ((state == Party::kWaiting && events_->is_satisfied(at)) ||
        (state == Party::kSleeping && job.wake <= now())) {
      fio::wake(job);
      any = true;
    }
  }
  return any;
}

bool Conductor::start_next_in_turn() {
  auto* const next = std::find_if(jobs_, jobs_ + count_,
                                  [](const Job& job) { return job.state == Party::kQueueing; });
  if (next == jobs_ + count_) {
    return false;
  }
  fio::wake(*next);
  return true;
}

/// They find out by themselves that there is nothing to wait for.
void Conductor::release_all() {
  for (auto* job = jobs_; job != jobs_ + count_; ++job) {
    wake_all(job->state);
  }
}

void Conductor::start_helper() {
  fio::wake(helper_);
  wake_helper_();
}

/// To the next moment at which something happens; false: nobody is woken by that.
bool Conductor::step() {
  auto earliest = next_sleeper();
  if (dormant_holds(earliest) || start_next_in_turn()) {
    return true;
  }
  const bool any_waits = std::any_of(jobs_, jobs_ + count_, [](const Job& job) {
    return job.state == Party::kWaiting || job.state == Party::kSleeping;
  });
  if (!any_waits && earliest == kNever) {
    return true;
  }
  // The helper samples what has been before its time, so it is alone then.
  const auto helper = helper_.state == Party::kSleeping ? helper_.wake : kNever;
  auto next = kNever;
  if (helper > now()) {
    next = events_->go_on(now(), std::min(earliest, helper == kNever ? kNever : helper - 1));
  }
  if (next == kNever && helper != kNever && helper <= earliest) {
    set_now(std::max(now(), helper));
    start_helper();
    return true;
  }
  next = std::min(next, earliest);
  if (next == kNever) {
    is_stuck_ = true;
    release_all();
    return true;
  }
  set_now(std::max(now(), next));
  return wake_due();
}

void Conductor::advance() {
  if (is_broken()) {
    release_all();
    return;
  }
  while (!is_held() && !step()) {
  }
}

Time Conductor::helper_wakes() {
  for (int tries = 0; helper_.state.load(std::memory_order_acquire) == Party::kRunning; ++tries) {
    fio::wait(helper_.state, Party::kRunning, kLookAgain);
    if (tries == kPatience) {  // it has ended, or hangs: nothing depends on it but samples
      helper_.state.store(Party::kAbsent, std::memory_order_release);
    }
  }
  return helper_.state.load(std::memory_order_acquire) == Party::kSleeping ? helper_.wake : kNever;
}

void Conductor::run_helper() {
  start_helper();
  helper_wakes();
}

}  // namespace gantry::fio

#include "nbd/dispatcher.hpp"

#include <algorithm>
#include <bit>

namespace gantry::nbd {

using realtime::kNever;
using realtime::Nanos;

namespace {

base::Error last_error() {
  return {gantry_ssd_message(), "", gantry_ssd_hint()};
}

}  // namespace

void Dispatcher::Wakes::add(const realtime::Bell& bell) {
  if (count_ == bells_.size()) {
    send();
  }
  bells_[count_++] = &bell;
}

void Dispatcher::Wakes::send() {
  std::for_each_n(bells_.begin(), count_, [](const auto* bell) { realtime::wake(bell); });
  count_ = 0;
}

Dispatcher::Dispatcher(gantry_ssd& drive, realtime::Pacer& pacer, Transport transport,
                       Capture* capture)
    : drive_(drive),
      pacer_(pacer),
      capture_(capture),
      begin_(gantry_ssd_now(&drive)),
      transport_(transport),
      last_time_(begin_) {}

base::Result<void> Dispatcher::perform(gantry_ssd_request request) {
  const auto arrival = pacer_.now();
  Waiter self;
  std::unique_lock lock(mutex_);
  if (refusal_) {
    return *refusal_;
  }
  GANTRY_CHECK(submit(request, self, arrival));
  wait(self, lock, arrival);
  return self.has_failed ? base::Result<void>(*refusal_) : base::Result<void>();
}

base::Result<void> Dispatcher::submit(gantry_ssd_request& request, Waiter& waiter, Nanos arrival) {
  auto sent = std::max(arrival - transport_.credit(), Nanos{0});
  if (first_ == nullptr) {
    if (was_alone_) {
      transport_.observe(arrival - idle_since_);
    }
    // Nobody can have asked before the last answer.
    sent = std::max(sent, idle_since_);
    is_shared_ = false;
  } else {
    is_shared_ = true;
  }
  // What has happened already stays as it is, even if a request that is dated back comes before it.
  request.time = std::max(
      {begin_ + static_cast<std::uint64_t>(sent.count()), last_time_, gantry_ssd_now(&drive_)});
  request.tag = std::bit_cast<std::uint64_t>(&waiter);
  if (gantry_ssd_submit(&drive_, &request) != GANTRY_SSD_OK) {
    return last_error();
  }
  last_time_ = request.time;
  count(request);
  if (capture_ != nullptr) {
    capture_->record(request, request.time - begin_);
  }
  waiter.previous = last_;
  (last_ == nullptr ? first_ : last_->next) = &waiter;
  last_ = &waiter;
  return {};
}

void Dispatcher::count(const gantry_ssd_request& request) {
  switch (request.opcode) {
    case GANTRY_SSD_READ:
      ++traffic_.reads;
      traffic_.read_bytes += request.length;
      break;
    case GANTRY_SSD_WRITE:
      ++traffic_.writes;
      traffic_.written_bytes += request.length;
      break;
    case GANTRY_SSD_TRIM:
      ++traffic_.trims;
      break;
    default:
      ++traffic_.flushes;
  }
}

void Dispatcher::wait(Waiter& self, std::unique_lock<std::mutex>& lock, Nanos arrival) {
  // A thread that brings a request is awake: it spins for what is near, which is cheaper than to be
  // woken by another one.
  constexpr Nanos kNear{2000};
  Wakes wakes;
  for (;;) {
    go_on(wakes);
    if (self.is_done) {
      leave(self, lock, wakes);
      return;
    }
    const auto target = next_time();
    const bool is_near = target - arrival <= kNear;
    const bool leads = target < leader_wakes_;
    if (leads) {
      leader_ = &self;
      leader_wakes_ = target;
    }
    self.sleeps = !is_near;
    lock.unlock();
    wakes.send();
    const auto time = pacer_.wait_until(leads || is_near ? target : kNever, self.bell);
    if (self.bell.is_last()) {
      // Whoever has found that out has seen to the leader.
      if (!self.has_failed) {
        pacer_.delivered(Nanos{static_cast<std::int64_t>(self.completed - begin_)}, time);
      }
      return;
    }
    lock.lock();
    self.sleeps = false;
    self.bell.reset();
    if (leader_ == &self) {
      leader_ = nullptr;
      leader_wakes_ = kNever;
    }
  }
}

/// Lets simulated time go on to the present.
void Dispatcher::go_on(Wakes& wakes) {
  const auto present = begin_ + static_cast<std::uint64_t>(pacer_.now().count());
  gantry_ssd_completion completion;
  while (first_ != nullptr) {
    const auto status = gantry_ssd_next(&drive_, present, &completion);
    if (status == GANTRY_SSD_NONE) {
      return;
    }
    if (status != GANTRY_SSD_OK) {
      refusal_ = last_error();
      fail_all(wakes);
      return;
    }
    end(completion, wakes);
  }
}

void Dispatcher::end(const gantry_ssd_completion& completion, Wakes& wakes) {
  auto& waiter = *std::bit_cast<Waiter*>(completion.tag);
  waiter.completed = completion.completed;
  complete(waiter, wakes);
}

void Dispatcher::complete(Waiter& waiter, Wakes& wakes) {
  (waiter.previous == nullptr ? first_ : waiter.previous->next) = waiter.next;
  (waiter.next == nullptr ? last_ : waiter.next->previous) = waiter.previous;
  if (leader_ == &waiter) {
    leader_ = nullptr;
    leader_wakes_ = kNever;
  }
  if (waiter.sleeps) {
    wakes.add(waiter.bell);
  }
  waiter.is_done = true;
  waiter.bell.set_last();
}

void Dispatcher::fail_all(Wakes& wakes) {
  while (first_ != nullptr) {
    first_->has_failed = true;
    complete(*first_, wakes);
  }
}

/// Somebody must look after those who are left.
void Dispatcher::hand_over(Wakes& wakes) {
  if (leader_ != nullptr) {
    return;
  }
  // One that does not sleep is going to lead by itself, as is one whose bell is set.
  for (auto* waiter = first_; waiter != nullptr; waiter = waiter->next) {
    if (!waiter->sleeps || waiter->bell.is_set()) {
      return;
    }
  }
  if (first_ != nullptr) {
    wakes.add(first_->bell);
    first_->bell.set();
  }
}

void Dispatcher::leave(Waiter& self, std::unique_lock<std::mutex>& lock, Wakes& wakes) {
  hand_over(wakes);
  const auto time = pacer_.now();
  if (first_ == nullptr) {
    idle_since_ = time;
    was_alone_ = !is_shared_;
  }
  lock.unlock();
  wakes.send();
  if (!self.has_failed) {
    pacer_.delivered(Nanos{static_cast<std::int64_t>(self.completed - begin_)}, time);
  }
}

Nanos Dispatcher::next_time() const {
  const auto time = gantry_ssd_next_time(&drive_);
  if (time == GANTRY_SSD_NEVER) {
    return kNever;
  }
  return Nanos{static_cast<std::int64_t>(std::max(time, begin_) - begin_)};
}

void Dispatcher::close() {
  Wakes wakes;
  {
    const std::lock_guard lock(mutex_);
    gantry_ssd_completion completion;
    while (gantry_ssd_next(&drive_, GANTRY_SSD_NEVER, &completion) == GANTRY_SSD_OK) {
      end(completion, wakes);
    }
    if (!refusal_) {
      refusal_ = base::Error{"the drive is switched off", "", ""};
    }
    fail_all(wakes);
  }
  wakes.send();
}

Traffic Dispatcher::traffic() {
  const std::lock_guard lock(mutex_);
  return traffic_;
}

Nanos Dispatcher::transport() {
  const std::lock_guard lock(mutex_);
  return transport_.credit();
}

}  // namespace gantry::nbd

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace gantry::base {

/// One producer (the caller), several transforming threads and one consuming thread that sees the
/// jobs in the order in which they were submitted. Jobs are a fixed set that is used again and
/// again, so that memory is bounded and nothing is allocated on the way. Destruction at any time
/// abandons what is under way and joins all threads.
template <class Job>
class OrderedPipeline {
 public:
  using Step = std::function<Result<void>(Job&)>;

  /// One thread for each transform, and one for consume. The first Error of any of them stops the
  /// pipeline.
  static Result<std::unique_ptr<OrderedPipeline>> start(std::vector<Job> jobs,
                                                        std::vector<Step> transforms,
                                                        Step consume) {
    std::unique_ptr<OrderedPipeline> pipeline(new OrderedPipeline(std::move(jobs)));
    try {
      for (auto& transform : transforms) {
        pipeline->threads_.emplace_back(&OrderedPipeline::transform_all, pipeline.get(),
                                        std::move(transform));
      }
      pipeline->threads_.emplace_back(&OrderedPipeline::consume_all, pipeline.get(),
                                      std::move(consume));
    } catch (const std::system_error& failure) {
      return Error{std::string("cannot start a thread: ") + failure.what(), "",
                   "allow more processes (ulimit -u), or use fewer threads"};
    }
    return pipeline;
  }

  OrderedPipeline(const OrderedPipeline&) = delete;
  OrderedPipeline& operator=(const OrderedPipeline&) = delete;
  ~OrderedPipeline() { stop_.request_stop(); }

  /// A job that nobody uses, when there is one; nullptr once the pipeline has stopped on an Error.
  Job* acquire() {
    std::unique_lock lock(mutex_);
    if (!wait(lock, [&] { return !free_.empty(); })) {
      return nullptr;
    }
    auto* const slot = free_.back();
    free_.pop_back();
    return &slot->job;
  }

  /// Takes over a job that was acquired.
  void submit(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      for (auto& slot : slots_) {
        if (&slot.job == &job) {
          slot.transformed = false;
          waiting_.push_back(&slot);
          ordered_.push_back(&slot);
        }
      }
    }
    changed_.notify_all();
  }

  /// Waits until all that was submitted is consumed, or returns the Error that stopped it.
  Result<void> finish() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    threads_.clear();
    return error_ ? Result<void>(*error_) : Result<void>();
  }

 private:
  struct Slot {
    Job job;
    bool transformed = false;
  };

  explicit OrderedPipeline(std::vector<Job> jobs) {
    for (auto& job : jobs) {
      slots_.push_back({std::move(job)});
    }
    for (auto& slot : slots_) {
      free_.push_back(&slot);
    }
  }

  /// False if the pipeline was stopped.
  template <class Condition>
  bool wait(std::unique_lock<std::mutex>& lock, const Condition& condition) {
    return changed_.wait(lock, stop_.get_token(), condition) && !stop_.stop_requested();
  }

  void transform_all(const Step& transform) {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (!wait(lock, [&] { return closed_ || !waiting_.empty(); }) || waiting_.empty()) {
        return;
      }
      auto* const slot = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      const auto result = transform(slot->job);
      lock.lock();
      slot->transformed = true;
      pass_on(lock, result);
    }
  }

  void consume_all(const Step& consume) {
    for (;;) {
      std::unique_lock lock(mutex_);
      const auto ready = [&] { return ordered_.empty() ? closed_ : ordered_.front()->transformed; };
      if (!wait(lock, ready) || ordered_.empty()) {
        return;
      }
      auto* const slot = ordered_.front();
      ordered_.pop_front();
      lock.unlock();
      const auto result = consume(slot->job);
      lock.lock();
      free_.push_back(slot);
      pass_on(lock, result);
    }
  }

  void pass_on(std::unique_lock<std::mutex>& lock, const Result<void>& result) {
    const bool failed = !result;
    if (failed && !error_) {
      error_ = result.error();
    }
    lock.unlock();
    if (failed) {
      stop_.request_stop();  // calls back into changed_, which needs the mutex
    }
    changed_.notify_all();
  }

  std::mutex mutex_;  // guards all below but threads_ and stop_
  std::condition_variable_any changed_;
  std::deque<Slot> slots_;  // a deque never moves what it holds
  std::vector<Slot*> free_;
  std::deque<Slot*> waiting_;  // for a transform
  std::deque<Slot*> ordered_;  // for the consumer, as submitted
  std::optional<Error> error_;
  bool closed_ = false;
  std::stop_source stop_;
  std::vector<std::jthread> threads_;  // last: joined before anything they use goes away
};

}  // namespace gantry::base

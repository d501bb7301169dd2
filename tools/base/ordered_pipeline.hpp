#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace gantry::base {

/// Jobs that go through stages one after another, several jobs at a time. No stage has a thread of
/// its own: any thread does what is ready to be done, so that as many threads as there are cores
/// keep all of them busy, and a job mostly stays in the cache of one. Jobs are a fixed set that is
/// used again and again, so that memory is bounded and nothing is allocated on the way.
template <class Job>
class OrderedPipeline {
 public:
  enum class Order {
    kInSequence,  ///< one job at a time, in the order of the source
    kAny,         ///< several at a time
  };
  struct Stage {
    Order order;
    /// thread: below the number of threads, never the same for two calls at a time.
    std::function<Result<void>(Job&, std::size_t thread)> work;
  };
  /// Fills the next job; false, and not called again, if there is none. Never called twice at a
  /// time.
  using Source = std::function<Result<bool>(Job&)>;

  OrderedPipeline(Source source, const std::vector<Stage>& stages) : source_(std::move(source)) {
    for (const auto& stage : stages) {
      stages_.push_back({stage});
    }
  }
  OrderedPipeline(const OrderedPipeline&) = delete;
  OrderedPipeline& operator=(const OrderedPipeline&) = delete;

  /// Takes all jobs of the source through all stages, on the calling thread and threads - 1 others
  /// (fewer, if no more can be started). The first Error of any call stops it; of several at the
  /// same time that of the earliest job is returned. To be called once.
  Result<void> run(std::vector<Job> jobs, std::size_t threads) {
    for (auto& job : jobs) {
      slots_.push_back({std::move(job)});
    }
    for (auto& slot : slots_) {
      free_.push_back(&slot);
    }
    {
      std::vector<std::jthread> others;
      try {
        for (std::size_t thread = 1; thread < threads; ++thread) {
          others.emplace_back([this, thread] { work(thread); });
        }
      } catch (const std::system_error&) {  // too many processes: those that run will do it all
      }
      work(0);
    }
    return error_ ? Result<void>(*error_) : Result<void>();
  }

 private:
  struct Slot {
    Job job;
    std::size_t number = 0;  // of the job, as the source gave it
    std::size_t stage = 0;   // which comes next
  };
  struct StageState {
    Stage stage;
    bool busy = false;     // with a job in sequence
    std::size_t next = 0;  // number of the job that is next in sequence
    std::deque<Slot*> waiting = {};
  };
  /// What a thread can do: take a slot through its next stage, or have the source fill it.
  struct Task {
    Slot* slot = nullptr;
    bool from_source = false;
  };

  void work(std::size_t thread) {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto task = take();
      if (!task) {
        if (stopped_ || (ended_ && free_.size() == slots_.size())) {
          changed_.notify_all();
          return;
        }
        ++idle_;
        changed_.wait(lock);
        --idle_;
        continue;
      }
      if (idle_ > 0 && find()) {
        changed_.notify_one();  // whoever wakes up wakes the next
      }
      lock.unlock();
      Result<bool> result = true;
      if (task->from_source) {
        result = source_(task->slot->job);
      } else if (auto done = stages_[task->slot->stage].stage.work(task->slot->job, thread);
                 !done) {
        result = std::move(done).error();
      }
      lock.lock();
      if (result) {
        pass_on(*task, *result);
      } else {
        stop(*task->slot, std::move(result).error());
      }
    }
  }

  /// What is in sequence comes first, since others wait for it, and what is furthest on, since it
  /// soon frees a slot. Nothing if there is no more to do now.
  std::optional<Task> find() const {
    if (stopped_) {
      return std::nullopt;
    }
    for (const auto order : {Order::kInSequence, Order::kAny}) {
      for (auto stage = stages_.rbegin(); stage != stages_.rend(); ++stage) {
        if (stage->stage.order != order || stage->busy) {
          continue;
        }
        for (auto* const slot : stage->waiting) {
          if (order == Order::kAny || slot->number == stage->next) {
            return Task{slot};
          }
        }
      }
    }
    return reading_ || ended_ || free_.empty() ? std::nullopt
                                               : std::optional(Task{free_.back(), true});
  }

  std::optional<Task> take() {
    const auto task = find();
    if (task && task->from_source) {
      reading_ = true;
      free_.pop_back();
      task->slot->number = read_;
    } else if (task) {
      auto& stage = stages_[task->slot->stage];
      stage.busy = stage.stage.order == Order::kInSequence;
      std::erase(stage.waiting, task->slot);
    }
    return task;
  }

  void pass_on(const Task& task, bool filled) {
    auto& slot = *task.slot;
    if (task.from_source) {
      reading_ = false;
      ended_ = !filled;
      read_ += filled ? 1 : 0;
      slot.stage = 0;
    } else {
      auto& stage = stages_[slot.stage++];
      stage.busy = false;
      ++stage.next;
    }
    if (!filled || slot.stage == stages_.size()) {
      free_.push_back(&slot);
    } else {
      stages_[slot.stage].waiting.push_back(&slot);
    }
  }

  void stop(const Slot& slot, Error error) {
    if (!stopped_ || slot.number < failed_) {
      error_ = std::move(error);
      failed_ = slot.number;
    }
    stopped_ = true;
    changed_.notify_all();
  }

  Source source_;
  std::mutex mutex_;  // guards all below but the stages' functions
  std::condition_variable changed_;
  std::size_t idle_ = 0;  // threads that wait for changed_
  std::deque<StageState> stages_;
  std::deque<Slot> slots_;  // a deque never moves what it holds
  std::vector<Slot*> free_;
  std::size_t read_ = 0;  // jobs that the source has filled
  bool reading_ = false;
  bool ended_ = false;  // no more comes from the source
  bool stopped_ = false;
  std::size_t failed_ = 0;  // number of the job that error_ is about
  std::optional<Error> error_;
};

}  // namespace gantry::base

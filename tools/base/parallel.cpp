#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace gantry::base {

Result<void> parallel_for(std::size_t count, unsigned threads,
                          const std::function<Result<void>(std::size_t)>& body) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex guard;  // of the two below
  std::size_t failed_index = std::numeric_limits<std::size_t>::max();
  Result<void> outcome;

  const auto work = [&] {
    while (!failed) {
      const std::size_t index = next++;
      if (index >= count) {
        return;
      }
      auto result = body(index);
      if (!result) {
        failed = true;
        const std::scoped_lock lock(guard);
        if (index < failed_index) {
          failed_index = index;
          outcome = std::move(result);
        }
      }
    }
  };

  const unsigned wanted = threads != 0 ? threads : std::thread::hardware_concurrency();
  const auto helpers = std::min<std::size_t>(std::max(wanted, 1U), count);
  {
    std::vector<std::jthread> pool;
    for (std::size_t i = 1; i < helpers; ++i) {
      pool.emplace_back(work);
    }
    work();
  }
  return outcome;
}

}  // namespace gantry::base

#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ssd/device.hpp"

namespace gantry::oracle {

/// Latencies of commands, in nanoseconds; quantiles to one part in 4,096.
class Latencies {
 public:
  void add(ssd::Nanos latency);
  std::uint64_t count() const { return count_; }
  double mean() const { return static_cast<double>(sum_) / static_cast<double>(count_); }
  std::int64_t least() const { return least_; }
  std::int64_t most() const { return most_; }
  /// What this share does not exceed.
  double quantile(double share) const;

 private:
  std::vector<std::uint32_t> counts_;  // by the highest 12 bits and how many follow
  std::uint64_t count_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t least_ = 0;
  std::int64_t most_ = 0;
};

/// What a host has seen.
struct Seen {
  double per_second = 0;  ///< commands, of the time from the first submission to the last end
  Latencies latencies;
};

/// Keeps so many commands outstanding until so many have been submitted, and waits for all.
/// make() gives a command; its time does not matter.
template <class Make>
Seen keep_outstanding(ssd::Device& device, std::uint32_t depth, std::uint64_t commands, Make make) {
  Seen seen;
  const auto begin = device.now();
  std::uint64_t submitted = 0;
  const auto submit = [&] {
    ssd::Command command = make();
    command.time = device.now();
    device.submit(command);
    ++submitted;
  };
  for (auto first = std::min<std::uint64_t>(commands, depth); first > 0; --first) {
    submit();
  }
  while (const auto* const completion = device.next()) {
    seen.latencies.add(completion->time - completion->command.time);
    if (submitted < commands) {
      submit();
    }
  }
  seen.per_second = static_cast<double>(seen.latencies.count()) * 1e9 /
                    static_cast<double>((device.now() - begin).count());
  return seen;
}

/// Random reads of single pages that come independently of each other, so many a second on average.
Seen read_at_random_times(ssd::Device& device, double per_second, std::uint64_t commands,
                          std::uint64_t seed);

ssd::Command page_command(ssd::Opcode opcode, std::uint32_t lpn);

/// How many of the laws that hold after any run do not: all commands have ended, programs are those
/// of the host and of collection, what is written and not erased is what blocks hold, and as many
/// slots are valid as pages are mapped.
struct Laws {
  explicit Laws(const ssd::Device& device);
  int broken_since(const ssd::Device& device) const;

 private:
  std::uint64_t written_ = 0;
};

}  // namespace gantry::oracle

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "ssd/types.hpp"
#include "ssd/wide.hpp"
#include "workload/log_linear.hpp"

namespace gantry::workload {

/// Latencies by their number, in the manner of HdrHistogram: memory is constant, and what a
/// percentile says is at most 1/128 too much. Count, sum, least and greatest are exact.
class Histogram {
 public:
  using Buckets = LogLinear<7>;

  void record(ssd::Nanos value) {
    const auto nanos = static_cast<std::uint64_t>(value.count());
    ++counts_[Buckets::bucket_of(nanos)];
    ++count_;
    sum_ += nanos;
    min_ = std::min(min_, nanos);
    max_ = std::max(max_, nanos);
  }

  void merge(const Histogram& other) {
    for (std::uint32_t bucket = 0; bucket < Buckets::kBuckets; ++bucket) {
      counts_[bucket] += other.counts_[bucket];
    }
    count_ += other.count_;
    sum_ += other.sum_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t count() const { return count_; }
  /// 0 if there is nothing; so are max() and mean().
  ssd::Nanos min() const { return nanos(count_ == 0 ? 0 : min_); }
  ssd::Nanos max() const { return nanos(max_); }
  /// Rounded down.
  ssd::Nanos mean() const {
    return nanos(count_ == 0 ? 0 : static_cast<std::uint64_t>(sum_ / count_));
  }
  ssd::Wide sum() const { return sum_; }

  /// A time within which at least so many of a million were done: 999'000 is the percentile 99.9.
  ssd::Nanos percentile(std::uint32_t per_million) const {
    constexpr std::uint32_t kMillion = 1'000'000;
    const auto rank = static_cast<std::uint64_t>(
        (ssd::Wide{count_} * std::min(per_million, kMillion) + kMillion - 1) / kMillion);
    std::uint64_t seen = 0;
    for (std::uint32_t bucket = 0; bucket < Buckets::kBuckets && count_ > 0; ++bucket) {
      seen += counts_[bucket];
      if (seen >= std::max<std::uint64_t>(rank, 1)) {
        return nanos(std::min(Buckets::greatest_of(bucket), max_));
      }
    }
    return nanos(0);
  }

  /// Least number and count of each bucket that is not empty, in ascending order.
  std::vector<std::pair<ssd::Nanos, std::uint64_t>> counts() const {
    std::vector<std::pair<ssd::Nanos, std::uint64_t>> result;
    for (std::uint32_t bucket = 0; bucket < Buckets::kBuckets; ++bucket) {
      if (counts_[bucket] > 0) {
        result.emplace_back(nanos(Buckets::least_of(bucket)), counts_[bucket]);
      }
    }
    return result;
  }

 private:
  static ssd::Nanos nanos(std::uint64_t count) {
    return ssd::Nanos{static_cast<std::int64_t>(count)};
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(Buckets::kBuckets);
  std::uint64_t count_ = 0;
  ssd::Wide sum_ = 0;
  std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ = 0;
};

}  // namespace gantry::workload

#include "workload/histogram.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "ssd/random.hpp"

namespace gantry::workload {
namespace {

using ssd::Nanos;

TEST(LogLinear, BucketsAreWithoutGapsAndNarrow) {
  using Buckets = LogLinear<7>;
  for (std::uint32_t bucket = 0; bucket + 1 < Buckets::kBuckets; ++bucket) {
    const auto least = Buckets::least_of(bucket);
    const auto greatest = Buckets::greatest_of(bucket);
    ASSERT_EQ(Buckets::bucket_of(least), bucket);
    ASSERT_EQ(Buckets::bucket_of(greatest), bucket);
    ASSERT_EQ(Buckets::least_of(bucket + 1), greatest + 1);
    ASSERT_LE((greatest - least) * 128, least);
  }
  EXPECT_EQ(Buckets::bucket_of(~std::uint64_t{0}), Buckets::kBuckets - 1);
  EXPECT_EQ(Buckets::greatest_of(Buckets::kBuckets - 1), ~std::uint64_t{0});
}

TEST(Histogram, AnEmptyOneSaysNothing) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min(), Nanos{0});
  EXPECT_EQ(histogram.max(), Nanos{0});
  EXPECT_EQ(histogram.mean(), Nanos{0});
  EXPECT_EQ(histogram.percentile(990'000), Nanos{0});
  EXPECT_TRUE(histogram.counts().empty());
}

TEST(Histogram, PercentilesAreThoseOfSortedValues) {
  ssd::Random random(1);
  std::vector<std::int64_t> values;
  Histogram histogram;
  ssd::Wide sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto value = static_cast<std::int64_t>(random.next() >> (1 + random.below(60)));
    values.push_back(value);
    histogram.record(Nanos{value});
    sum += static_cast<std::uint64_t>(value);
  }
  std::sort(values.begin(), values.end());
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.min().count(), values.front());
  EXPECT_EQ(histogram.max().count(), values.back());
  EXPECT_TRUE(histogram.sum() == sum);
  for (const std::uint32_t per_million :
       {1U, 10U, 100'000U, 500'000U, 900'000U, 999'900U, 999'990U, 1'000'000U}) {
    const auto rank = (values.size() * per_million + 999'999) / 1'000'000;
    const auto exact = values[rank - 1];
    const auto said = histogram.percentile(per_million).count();
    EXPECT_GE(said, exact) << per_million;
    EXPECT_LE(said - exact, exact / 128) << per_million;
  }
}

TEST(Histogram, MergedIsAsRecordedTogether) {
  ssd::Random random(2);
  Histogram all;
  Histogram one;
  Histogram other;
  for (int i = 0; i < 1000; ++i) {
    const Nanos value{random.below(1'000'000)};
    all.record(value);
    (i % 3 == 0 ? one : other).record(value);
  }
  one.merge(other);
  EXPECT_EQ(one.counts(), all.counts());
  EXPECT_EQ(one.mean(), all.mean());
  EXPECT_EQ(one.min(), all.min());
  EXPECT_EQ(one.max(), all.max());
  one.merge(Histogram());
  EXPECT_EQ(one.min(), all.min());
}

}  // namespace
}  // namespace gantry::workload

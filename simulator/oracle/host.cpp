#include "oracle/host.hpp"

#include <algorithm>
#include <bit>

#include "ssd/exponential.hpp"
#include "ssd/random.hpp"

namespace gantry::oracle {
namespace {

constexpr unsigned kBits = 12;

std::size_t bucket_of(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const auto shift = width > kBits ? width - kBits : 0;
  return (std::size_t{shift} << (kBits - 1)) + static_cast<std::size_t>(value >> shift);
}

/// The least value of a bucket.
double begin_of(std::size_t bucket) {
  constexpr auto kHalf = std::size_t{1} << (kBits - 1);
  const auto shift = bucket < 2 * kHalf ? 0 : bucket / kHalf - 1;
  return static_cast<double>((bucket - shift * kHalf) << shift);
}

std::uint64_t written_slots(const ssd::Device& device) {
  std::uint64_t slots = 0;
  for (std::uint32_t plane = 0; plane < device.parameters().geometry.planes(); ++plane) {
    slots += device.flash().translation().written_slots(ssd::PlaneId{plane});
  }
  return slots;
}

}  // namespace

void Latencies::add(ssd::Nanos latency) {
  const auto nanos = latency.count();
  const auto bucket = bucket_of(static_cast<std::uint64_t>(nanos));
  if (bucket >= counts_.size()) {
    counts_.resize(bucket + 1);
  }
  ++counts_[bucket];
  least_ = count_ == 0 ? nanos : std::min(least_, nanos);
  most_ = std::max(most_, nanos);
  sum_ += nanos;
  ++count_;
}

double Latencies::quantile(double share) const {
  const auto rank = share * static_cast<double>(count_);
  double below = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < counts_.size() && below + counts_[bucket] < rank) {
    below += counts_[bucket++];
  }
  return (begin_of(bucket) + begin_of(bucket + 1)) / 2 - 0.5;
}

ssd::Command page_command(ssd::Opcode opcode, std::uint32_t lpn) {
  ssd::Command command;
  command.opcode = opcode;
  command.lpn = ssd::Lpn{lpn};
  command.pages = 1;
  return command;
}

Seen read_at_random_times(ssd::Device& device, double per_second, std::uint64_t commands,
                          std::uint64_t seed) {
  Seen seen;
  ssd::Random random(seed);
  const auto pages = device.parameters().logical_pages;
  double time = 0;
  const auto end_until = [&](ssd::Nanos until) {
    while (const auto* const completion = device.next(until)) {
      seen.latencies.add(completion->time - completion->command.time);
    }
  };
  for (std::uint64_t submitted = 0; submitted < commands; ++submitted) {
    time -= ssd::logarithm(1 - random.unit()) / per_second * 1e9;
    auto command = page_command(ssd::Opcode::kRead, random.below(pages));
    command.time = ssd::Nanos{static_cast<std::int64_t>(time)};
    end_until(command.time);
    device.submit(command);
  }
  end_until(ssd::kNever);
  seen.per_second = static_cast<double>(commands) * 1e9 / static_cast<double>(device.now().count());
  return seen;
}

Laws::Laws(const ssd::Device& device) : written_(written_slots(device)) {}

int Laws::broken_since(const ssd::Device& device) const {
  const auto& counters = device.flash().counters();
  const auto& geometry = device.parameters().geometry;
  const auto& translation = device.flash().translation();
  std::uint64_t valid = 0;
  std::uint64_t bound = 0;
  for (std::uint32_t block = 0; block < geometry.blocks(); ++block) {
    valid += translation.blocks()[ssd::BlockId{block}].valid;
  }
  for (std::uint32_t lpn = 0; lpn < device.parameters().logical_pages; ++lpn) {
    bound += translation.pages().find(ssd::Lpn{lpn}) == ssd::kNoSlot ? 0 : 1;
  }
  const auto delta = written_slots(device) - written_;
  return (device.outstanding() == 0 ? 0 : 1) +
         (counters.programs * geometry.slots_per_page() ==
                  delta + counters.erases * geometry.slots_per_block()
              ? 0
              : 1) +
         (geometry.slots_per_page() != 1 ||
                  counters.programs == counters.host_pages + counters.moved_pages
              ? 0
              : 1) +
         (valid == bound && bound == translation.pages().mapped() ? 0 : 1);
}

}  // namespace gantry::oracle

#include "workload/synthetic.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "ssd/wide.hpp"

namespace gantry::workload {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint32_t pages_of(const Stream& stream, const ssd::Parameters& parameters) {
  const auto pages =
      stream.pages == 0 ? parameters.logical_pages - stream.first_page : stream.pages;
  return pages - pages % stream.block_pages;
}

base::Error fault(std::string_view member, std::string what) {
  return {std::move(what), std::string(member), ""};
}

base::Result<void> check_arrivals(const Arrivals& arrivals) {
  if (arrivals.kind == Arrivals::Kind::kClosed) {
    if (arrivals.queue_depth == 0 || arrivals.queue_depth > 1U << 20) {
      return fault("queue_depth", fmt::format("{} commands cannot be outstanding: from 1 to {} can",
                                              arrivals.queue_depth, 1U << 20));
    }
    if (arrivals.think < ssd::Nanos{0}) {
      return fault("think", "a time to think cannot be negative");
    }
    return {};
  }
  if (arrivals.rate == 0 || arrivals.rate > kSecond) {
    return fault("rate", fmt::format("{} commands a second are no rate: from 1 to {} are",
                                     arrivals.rate, kSecond));
  }
  if (arrivals.kind == Arrivals::Kind::kBursty) {
    if (arrivals.on <= ssd::Nanos{0} || arrivals.off < ssd::Nanos{0} ||
        std::max(arrivals.on, arrivals.off).count() >
            std::int64_t{1'000'000} * std::int64_t{kSecond}) {
      return fault("on", "bursts need some time in which commands come, and less than 1,000,000 s");
    }
  }
  return {};
}

/// While it is on.
std::uint64_t rate_of(const Arrivals& arrivals) {
  if (arrivals.kind != Arrivals::Kind::kBursty) {
    return std::max<std::uint64_t>(arrivals.rate, 1);
  }
  const auto on = static_cast<std::uint64_t>(arrivals.on.count());
  const auto off = static_cast<std::uint64_t>(arrivals.off.count());
  return static_cast<std::uint64_t>((ssd::Wide{arrivals.rate} * (on + off) + on / 2) / on);
}

}  // namespace

base::Result<void> check(const Stream& stream, const ssd::Parameters& parameters) {
  const auto logical = parameters.logical_pages;
  if (stream.first_page >= logical || stream.pages > logical - stream.first_page) {
    return fault(
        "pages",
        fmt::format("pages {} to {} are not all on a device of {} logical pages", stream.first_page,
                    std::uint64_t{stream.first_page} + std::max(stream.pages, 1U), logical));
  }
  const auto pages = stream.pages == 0 ? logical - stream.first_page : stream.pages;
  if (stream.block_pages == 0 || stream.block_pages > pages) {
    return fault("block_pages", fmt::format("blocks of {} pages do not fit into {} pages",
                                            stream.block_pages, pages));
  }
  if (stream.reads > 1000 || stream.trims > 1000 - stream.reads) {
    return fault("reads", fmt::format("{} + {} thousandths of reads and trims are more than all",
                                      stream.reads, stream.trims));
  }
  if (stream.force_unit_access > 1000) {
    return fault("force_unit_access", fmt::format("{} thousandths of the writes are more than all",
                                                  stream.force_unit_access));
  }
  if (stream.queue >= parameters.front_end.queues.size()) {
    return fault("queue", fmt::format("the device has no queue {}: it has {}", stream.queue,
                                      parameters.front_end.queues.size()));
  }
  const auto& pattern = stream.addresses;
  if (pattern.kind == AddressPattern::Kind::kZipf && pattern.exponent_milli > 20'000) {
    return fault("exponent_milli", "exponents above 20 are not for Zipf's law");
  }
  if (pattern.kind == AddressPattern::Kind::kHotCold) {
    if (pattern.hot_traffic > 1000 || pattern.hot_space == 0 || pattern.hot_space >= 1000 ||
        pages / stream.block_pages < 2) {
      return fault("hot_space",
                   "the hot part has a share of the traffic and of at least two blocks");
    }
  }
  return check_arrivals(stream.arrivals);
}

Synthetic::State::State(const Stream& of, const ssd::Parameters& parameters, std::uint64_t seed,
                        ssd::Nanos begin)
    : stream(of),
      random(seed),
      arrival_random(~seed),
      addresses(of.addresses, ssd::Lpn{of.first_page}, pages_of(of, parameters), of.block_pages),
      gaps(rate_of(of.arrivals)),
      start(begin),
      arrival(begin) {
  if (stream.arrivals.kind == Arrivals::Kind::kClosed) {
    for (std::uint32_t i = 0; i < stream.arrivals.queue_depth; ++i) {
      ready.push(start);
    }
  } else {
    advance();
  }
}

/// To the next arrival; of a closed loop, one command less may come.
void Synthetic::State::advance() {
  const auto& arrivals = stream.arrivals;
  switch (arrivals.kind) {
    case Arrivals::Kind::kClosed:
      ready.pop();
      break;
    case Arrivals::Kind::kUniform:
      arrival =
          start +
          ssd::Nanos{static_cast<std::int64_t>(ssd::Wide{++arrived} * kSecond / arrivals.rate)};
      break;
    case Arrivals::Kind::kPoisson:
      arrival += gaps.next(arrival_random);
      break;
    case Arrivals::Kind::kBursty:
      time_on += gaps.next(arrival_random);
      arrival = start + time_on + time_on / arrivals.on * arrivals.off;
      break;
  }
}

void Synthetic::State::fill_in(ssd::Command& command) {
  command.queue = stream.queue;
  if (stream.flush_every > 0 && writes >= stream.flush_every) {
    writes = 0;
    command.opcode = ssd::Opcode::kFlush;
    return;
  }
  const auto share = random.below(1000);
  command.lpn = addresses.next(random);
  command.pages = stream.block_pages;
  if (share < stream.reads) {
    command.opcode = ssd::Opcode::kRead;
  } else if (share < stream.reads + stream.trims) {
    command.opcode = ssd::Opcode::kTrim;
  } else {
    command.opcode = ssd::Opcode::kWrite;
    command.force_unit_access =
        stream.force_unit_access > 0 && random.below(1000) < stream.force_unit_access;
    ++writes;
  }
}

Synthetic::Synthetic(std::span<const Stream> streams, const ssd::Parameters& parameters,
                     std::uint64_t seed, ssd::Nanos start) {
  states_.reserve(streams.size());
  for (const auto& stream : streams) {
    seed += 0x632be59bd9b4e019;  // odd; splitmix64 makes states of it that have nothing in common
    states_.emplace_back(stream, parameters, seed, start);
  }
  find_due();
}

void Synthetic::find_due() {
  due_ = ssd::kNever;
  for (std::size_t at = 0; at < states_.size(); ++at) {
    const auto due = states_[at].due();
    if (due < due_) {
      due_ = due;
      next_ = at;
    }
  }
}

ssd::Command Synthetic::take() {
  ssd::Command command;
  command.time = due_;
  command.tag = number_++ << kStreamBits | next_;
  auto& state = states_[next_];
  state.fill_in(command);
  state.advance();
  find_due();
  return command;
}

void Synthetic::completed(const ssd::Completion& completion) {
  auto& state = states_[completion.command.tag & (kMaxStreams - 1)];
  if (state.stream.arrivals.kind == Arrivals::Kind::kClosed) {
    state.ready.push(completion.time + state.stream.arrivals.think);
    find_due();
  }
}

}  // namespace gantry::workload

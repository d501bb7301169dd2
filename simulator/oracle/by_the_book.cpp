#include "oracle/by_the_book.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <queue>
#include <vector>

#include "ssd/random.hpp"

namespace gantry::oracle {
namespace {

constexpr std::int64_t kArray = 290 + 50'000;
constexpr std::int64_t kTransfer = 8'192;
constexpr std::int64_t kLink = 1'330;
constexpr std::uint32_t kDies = 32;
constexpr std::uint32_t kChannels = 8;
constexpr std::size_t kWarmUp = 10'000;

struct Event {
  enum class Kind : std::uint8_t { kArrayDone, kTransferDone, kLinkDone };
  std::int64_t time = 0;
  std::uint64_t order = 0;  // of events at the same time
  Kind kind = Kind::kArrayDone;
  std::uint32_t die = 0;
  std::int64_t arrival = 0;  // of the read that it is for

  bool operator>(const Event& other) const {
    return time != other.time ? time > other.time : order > other.order;
  }
};

/// A read holds its die until its data is out. Die, channel and link serve who came first.
class Book {
 public:
  explicit Book(std::uint64_t seed) : random_(seed) {}

  void arrive() {
    auto& die = dies_[random_.below(kDies)];
    die.push(now_);
    if (die.size() == 1) {
      begin(static_cast<std::uint32_t>(&die - dies_.data()));
    }
  }

  /// True: a read has ended.
  bool step() {
    const auto event = events_.top();
    events_.pop();
    now_ = event.time;
    auto& channel = channels_[event.die % kChannels];
    switch (event.kind) {
      case Event::Kind::kArrayDone:
        channel.push(event.die);
        if (channel.size() == 1) {
          transfer(event.die);
        }
        return false;
      case Event::Kind::kTransferDone:
        channel.pop();
        if (!channel.empty()) {
          transfer(channel.front());
        }
        link_free_ = std::max(link_free_, now_) + kLink;
        add(link_free_, Event::Kind::kLinkDone, event.die);
        dies_[event.die].pop();
        if (!dies_[event.die].empty()) {
          begin(event.die);
        }
        return false;
      case Event::Kind::kLinkDone:
        latency_ = now_ - event.arrival;
        return true;
    }
    return false;
  }

  std::int64_t now() const { return now_; }
  std::int64_t latency() const { return latency_; }

 private:
  void begin(std::uint32_t die) { add(now_ + kArray, Event::Kind::kArrayDone, die); }
  void transfer(std::uint32_t die) { add(now_ + kTransfer, Event::Kind::kTransferDone, die); }
  void add(std::int64_t time, Event::Kind kind, std::uint32_t die) {
    events_.push({time, order_++, kind, die, dies_[die].front()});
  }

  ssd::Random random_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::array<std::queue<std::int64_t>, kDies> dies_;           // arrivals, the one at work first
  std::array<std::queue<std::uint32_t>, kChannels> channels_;  // dies, the one at work first
  std::int64_t link_free_ = 0;
  std::int64_t now_ = 0;
  std::int64_t latency_ = 0;
  std::uint64_t order_ = 0;
};

}  // namespace

BookFigures read_by_the_book(std::uint32_t depth, std::size_t reads, std::uint64_t seed) {
  Book book(seed);
  for (std::uint32_t read = 0; read < depth; ++read) {
    book.arrive();
  }
  std::vector<std::int64_t> latencies;
  std::int64_t begin = 0;
  for (std::size_t ended = 0; ended < reads + kWarmUp;) {
    if (!book.step()) {
      continue;
    }
    if (++ended > kWarmUp) {
      latencies.push_back(book.latency());
    } else {
      begin = book.now();
    }
    book.arrive();
  }
  const auto count = static_cast<double>(reads);
  const auto sum = std::accumulate(latencies.begin(), latencies.end(), std::int64_t{0});
  const auto p99 = latencies.begin() + static_cast<std::ptrdiff_t>(reads / 100 * 99);
  std::nth_element(latencies.begin(), p99, latencies.end());
  return {count / static_cast<double>(book.now() - begin) * 1e9, static_cast<double>(sum) / count,
          static_cast<double>(*p99)};
}

}  // namespace gantry::oracle

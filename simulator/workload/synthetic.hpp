#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "ssd/command.hpp"
#include "ssd/fifo.hpp"
#include "ssd/parameters.hpp"
#include "ssd/random.hpp"
#include "workload/addresses.hpp"
#include "workload/exponential.hpp"

namespace gantry::workload {

/// When commands come.
struct Arrivals {
  enum class Kind : std::uint8_t {
    kClosed,   ///< a number of commands is outstanding: after one has ended comes the next
    kUniform,  ///< at a rate, evenly
    kPoisson,  ///< at a rate, independently of each other
    kBursty,   ///< as kPoisson, but only while it is on, and then so often that the rate holds
  };
  Kind kind = Kind::kClosed;
  std::uint32_t queue_depth = 1;  ///< of kClosed
  ssd::Nanos think{0};            ///< of kClosed, from the end of a command to the next
  std::uint64_t rate = 0;         ///< of the others, commands in a second
  ssd::Nanos on{1'000'000};       ///< of kBursty
  ssd::Nanos off{9'000'000};      ///< of kBursty
};

/// Commands of one host, to one queue of the device. Shares are in thousandths.
struct Stream {
  AddressPattern addresses{};
  Arrivals arrivals{};
  std::uint32_t first_page = 0;   ///< of the logical pages that it uses
  std::uint32_t pages = 0;        ///< of them; 0: all from first_page on
  std::uint32_t block_pages = 1;  ///< of each command; the addresses are multiples of it
  std::uint32_t reads = 1000;
  std::uint32_t trims = 0;              ///< writes are what is left
  std::uint32_t flush_every = 0;        ///< writes; 0: never
  std::uint32_t force_unit_access = 0;  ///< of the writes
  std::uint16_t queue = 0;
};

/// What is wrong with a stream for a device; the places in errors are names of Stream's members.
base::Result<void> check(const Stream& stream, const ssd::Parameters& parameters);

/// The tag of command number n of stream s is n * 256 + s.
inline constexpr unsigned kStreamBits = 8;
inline constexpr std::size_t kMaxStreams = std::size_t{1} << kStreamBits;

/// Commands of streams, each of which draws its own numbers: what one asks for does not depend on
/// what becomes of the others. A source for run().
class Synthetic {
 public:
  /// The streams are without fault by check(), and at most kMaxStreams. They begin at start.
  Synthetic(std::span<const Stream> streams, const ssd::Parameters& parameters, std::uint64_t seed,
            ssd::Nanos start = ssd::Nanos{0});

  /// When the next command comes; kNever: only after one has ended.
  ssd::Nanos next_time() const { return due_; }
  /// The command that comes then.
  ssd::Command take();
  void completed(const ssd::Completion& completion);
  /// Of a command among those of all streams, from 1.
  static std::uint64_t number_of(const ssd::Command& command) {
    return (command.tag >> kStreamBits) + 1;
  }

 private:
  struct State {
    State(const Stream& of, const ssd::Parameters& parameters, std::uint64_t seed,
          ssd::Nanos start);

    ssd::Nanos due() const {
      if (stream.arrivals.kind == Arrivals::Kind::kClosed) {
        return ready.empty() ? ssd::kNever : ready.front();
      }
      return arrival;
    }
    void advance();
    void fill_in(ssd::Command& command);

    Stream stream;
    ssd::Random random;
    ssd::Random arrival_random;
    Addresses addresses;
    ExponentialGaps gaps;
    ssd::Fifo<ssd::Nanos> ready;  // of kClosed: when commands may come
    ssd::Nanos start;
    ssd::Nanos arrival;     // of the others: when the next one comes
    ssd::Nanos time_on{0};  // of kBursty: without the times when it is off
    std::uint64_t arrived = 0;
    std::uint32_t writes = 0;  // since the last flush
  };

  void find_due();

  std::vector<State> states_;
  std::size_t next_ = 0;  // stream of the next command
  ssd::Nanos due_ = ssd::kNever;
  std::uint64_t number_ = 0;
};

}  // namespace gantry::workload

#include <algorithm>
#include <array>
#include <bit>

#include "ssd/device.hpp"
#include "ssd/wide.hpp"

namespace gantry::ssd {

namespace {

/// Simulated time ends after some 70 years, so that sums of times do not overflow.
constexpr Nanos kLatest{std::int64_t{1} << 61};

bool is_time(Nanos time) {
  return time >= Nanos{0} && time <= kLatest;
}

/// A set of pairs as a number: the product of (a + b x + y) over all pairs (x, y), modulo a prime.
/// For a and b that are drawn at random, two sets of n pairs that differ have the same one with a
/// probability of n / 2^61 at most (Schwartz, Zippel).
class PairSet {
 public:
  explicit PairSet(std::uint64_t secret) {
    Random random(secret);
    a_ = random.next() % kPrime;
    b_ = random.next() % kPrime;
  }

  void add(std::uint64_t x, std::uint64_t y) {
    // Several products, since each step of one waits for the one before.
    auto& product = products_[size_++ % products_.size()];
    product = times(product, (times(b_, x) + a_ + y) % kPrime);
  }

  bool operator==(const PairSet& other) const {
    return size_ == other.size_ && product() == other.product();
  }
  std::uint64_t size() const { return size_; }

 private:
  static constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;

  static std::uint64_t times(std::uint64_t left, std::uint64_t right) {
    const auto product = Wide{left} * right;
    const auto sum =
        static_cast<std::uint64_t>(product & kPrime) + static_cast<std::uint64_t>(product >> 61);
    return sum >= kPrime ? sum - kPrime : sum;
  }
  std::uint64_t product() const {
    std::uint64_t all = 1;
    for (const auto part : products_) {
      all = times(all, part);
    }
    return all;
  }

  std::uint64_t a_ = 0;
  std::uint64_t b_ = 0;
  std::uint64_t size_ = 0;
  std::array<std::uint64_t, 8> products_{1, 1, 1, 1, 1, 1, 1, 1};
};

}  // namespace

std::uint32_t PageMap::valid_between(Slot first, Slot end) const {
  std::uint32_t count = 0;
  for (auto at = index(first); at < index(end);) {
    const auto in_word = std::min(64 - at % 64, index(end) - at);
    auto bits = valid_[at / 64] >> (at % 64);
    if (in_word < 64) {
      bits &= (std::uint64_t{1} << in_word) - 1;
    }
    count += static_cast<std::uint32_t>(std::popcount(bits));
    at += in_word;
  }
  return count;
}

/// The pairs of pages and slots are the same in both directions: each is read in its order, which
/// looking up one in the other would not be.
bool PageMap::is_sound(std::uint64_t secret) const {
  PairSet forward(secret);
  for (std::uint32_t lpn = 0; lpn < logical_pages(); ++lpn) {
    if (slot_of_[lpn] != 0) {
      forward.add(lpn, slot_of_[lpn] - 1);
    }
  }
  PairSet backward(secret);
  for (std::size_t word = 0; word < valid_.size(); ++word) {
    for (auto bits = valid_[word]; bits != 0; bits &= bits - 1) {
      const auto slot = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
      if (slot >= lpn_at_.size()) {
        return false;
      }
      backward.add(lpn_at_[slot], slot);
    }
  }
  return forward == backward && forward.size() == mapped_;
}

const char* Translation::fault(std::uint64_t secret) const {
  if (!pages_.is_sound(secret)) {
    return "the map of pages contradicts itself";
  }
  for (std::uint32_t block = 0; block < blocks_.size(); ++block) {
    const auto first = addresses_.slot_of(BlockId{block}, 0);
    if (blocks_[BlockId{block}].valid !=
        pages_.valid_between(first, Slot{index(first) + blocks_.slots_per_block()})) {
      return "a block's valid pages are miscounted";
    }
  }
  for (std::uint32_t plane = 0; plane < planes_.size(); ++plane) {
    if (const auto* const what = fault_of(PlaneId{plane})) {
      return what;
    }
  }
  return nullptr;
}

const char* Translation::fault_of(PlaneId plane) const {
  const auto& books = planes_[index(plane)];
  const auto first = blocks_.first_of(plane);
  const auto end = first + blocks_.per_plane();
  std::array<std::uint32_t, 5> blocks_in{};  // by state
  std::uint64_t live = 0;
  std::uint32_t most_erases = 0;
  for (auto at = first; at < end; ++at) {
    const auto& block = blocks_[BlockId{at}];
    const bool is_fresh = block.state == BlockState::kFresh;
    if (block.state > BlockState::kVictim || is_fresh != (at - first >= books.fresh) ||
        ((is_fresh || block.state == BlockState::kFree) && block.valid != 0)) {
      return "a block is in a wrong state";
    }
    ++blocks_in[static_cast<std::size_t>(block.state)];
    live += block.valid;
    most_erases = std::max(most_erases, block.erases);
  }
  const auto count = [&](BlockState state) { return blocks_in[static_cast<std::size_t>(state)]; };
  const auto is_in = [&](BlockState state) {
    return [this, state, first, end](BlockId block) {
      return index(block) >= first && index(block) < end && blocks_[block].state == state;
    };
  };
  if (live != books.live || live >= std::uint64_t{most_live_} + slots_per_page_ ||
      books.free != count(BlockState::kFresh) + count(BlockState::kFree)) {
    return "a plane's blocks are miscounted";
  }
  if (books.erased.size_if_sound(blocks_, is_in(BlockState::kFree)) != count(BlockState::kFree)) {
    return "a list of free blocks is broken";
  }
  if (!are_frontiers_sound(plane, count(BlockState::kOpen))) {
    return "a block that is being written is in a wrong state";
  }
  if (books.room != blocks_.per_plane() * blocks_.slots_per_block() - written_slots(plane)) {
    return "a plane's room is miscounted";
  }
  if (!victims_.is_sound(blocks_, plane, count(BlockState::kClosed), is_in(BlockState::kClosed))) {
    return "the order in which blocks are collected is broken";
  }
  const auto& wear = wear_of_[index(plane)];
  return wear.most != most_erases || wear.looked_at > wear.most ? "the wear of blocks is miscounted"
                                                                : nullptr;
}

bool Translation::are_frontiers_sound(PlaneId plane, std::uint32_t open) const {
  for (std::uint32_t frontier = 0; frontier < frontiers_; ++frontier) {
    const auto* const at = &frontier_[std::size_t{index(plane)} * frontiers_];
    const auto& [block, next] = at[frontier];
    if (block == kNoBlock) {
      continue;
    }
    const auto same = [taken = block](const Frontier& other) { return other.block == taken; };
    if (index(block) >= blocks_.size() || addresses_.plane_of(block) != plane ||
        blocks_[block].state != BlockState::kOpen || std::any_of(at, at + frontier, same) ||
        next > blocks_.slots_per_block() || next % slots_per_page_ != 0 ||
        pages_.valid_between(addresses_.slot_of(block, next),
                             addresses_.slot_of(block, blocks_.slots_per_block())) != 0) {
      return false;
    }
    --open;
  }
  return open == 0;
}

const char* Flash::fault(std::uint64_t secret, Nanos now) const {
  if (const auto* const what = translation_.fault(secret)) {
    return what;
  }
  for (std::uint32_t block = 0; block < translation_.blocks().size(); ++block) {
    const bool is_victim =
        jobs_[index(translation_.addresses().plane_of(BlockId{block}))].victim == BlockId{block};
    if ((translation_.blocks()[BlockId{block}].state == BlockState::kVictim) != is_victim) {
      return "a block that is being collected is in a wrong state";
    }
  }
  for (std::uint32_t plane = 0; plane < jobs_.size(); ++plane) {
    if (const auto* const what = fault_of(PlaneId{plane})) {
      return what;
    }
  }
  const bool channels_are_sound = std::all_of(
      channels_.begin(), channels_.end(),
      [](const Bus& channel) { return is_time(channel.free_at()) && is_time(channel.busy()); });
  const bool dies_are_sound = std::all_of(dies_.begin(), dies_.end(), [&](const Die& die) {
    return is_sound(die, now) && is_phase_sound(die) && are_ops_sound(die);
  });
  return channels_are_sound && dies_are_sound ? nullptr : "what a die does is impossible";
}

/// Of the collection of a plane: that it will find each valid slot of its victim, and room for it.
const char* Flash::fault_of(PlaneId plane) const {
  const auto& work = jobs_[index(plane)];
  const auto free = translation_.free_blocks(plane);
  if (work.victim == kNoBlock) {
    return (work.cursor | work.gathered | work.reading) != 0 ? "the collection of no block goes on"
           : free == 0                                       ? "a plane has no free block"
                                                             : nullptr;
  }
  const auto& addresses = translation_.addresses();
  const auto slots = translation_.blocks().slots_per_block();
  if (index(work.victim) >= translation_.blocks().size() ||
      addresses.plane_of(work.victim) != plane || work.cursor > slots ||
      work.gathered >= slots_per_page_ || (work.gathered > 0 && work.reading == 0) ||
      work.reading > slots_per_page_ - work.gathered) {
    return "the collection of a block is impossible";
  }
  const auto first = addresses.slot_of(work.victim, 0);
  const auto cursor = addresses.slot_of(work.victim, work.cursor);
  const auto* const gathered = &gathered_[std::size_t{index(plane)} * slots_per_page_];
  std::uint32_t valid = 0;
  for (std::uint32_t i = 0; i < work.gathered + work.reading; ++i) {
    if (gathered[i] < (i == 0 ? first : Slot{index(gathered[i - 1]) + 1}) ||
        gathered[i] >= cursor) {
      return "the collection of a block is impossible";
    }
    valid += translation_.pages().is_valid(gathered[i]) ? 1 : 0;
  }
  if (valid != translation_.pages().valid_between(first, cursor)) {
    return "the collection of a block has left pages behind";
  }
  const auto rest = work.gathered + work.reading + translation_.blocks()[work.victim].valid - valid;
  const auto needed = (rest + slots_per_page_ - 1) / slots_per_page_ * slots_per_page_;
  const auto frontier = translation_.frontier_after(work.victim);
  return free > 0 || needed <= translation_.room_at(plane, frontier) ? nullptr
                                                                     : "a plane has no free block";
}

bool Flash::is_sound(const Die& at, Nanos now) const {
  const auto until = events_.time_of(at.id);
  const auto times = {at.phase_since, at.program_end, at.array_since,
                      at.busy,        at.collected,   at.suspended.rest};
  const bool plane_is_its_own =
      index(at.plane) < jobs_.size() && index(translation_.addresses().die_of(at.plane)) == at.id;
  return std::all_of(times.begin(), times.end(), is_time) &&
         (plane_is_its_own || !(at.collects || at.suspended.collects)) && at.phase_since <= now &&
         (at.phase == Phase::kIdle ? until == kNever : is_time(until) && until >= now);
}

/// Without reads of the host, of which there are none.
bool Flash::is_phase_sound(const Die& at) const {
  if (at.phase != Phase::kResume && at.suspended.phase != Phase::kIdle) {
    return false;
  }
  switch (at.phase) {
    case Phase::kIdle:
      return !at.collects && at.first.head == kNoOp && at.second.head == kNoOp;
    case Phase::kProgramAndRead:
    case Phase::kRead:
    case Phase::kReadOut: {
      return at.collects && jobs_[index(at.plane)].victim != kNoBlock &&
             jobs_[index(at.plane)].reading > 0;
    }
    case Phase::kProgram:
      return true;
    case Phase::kErase:
      return at.collects && can_be_erased(at.plane);
    case Phase::kSuspend:
      return false;
    case Phase::kResume:
      return at.suspended.phase == Phase::kProgram ||
             (at.suspended.phase == Phase::kErase && at.suspended.collects &&
              can_be_erased(at.plane));
  }
  return false;
}

bool Flash::can_be_erased(PlaneId plane) const {
  const auto& work = jobs_[index(plane)];
  return work.victim != kNoBlock && work.gathered + work.reading == 0 &&
         translation_.blocks()[work.victim].valid == 0;
}

bool Flash::are_ops_sound(const Die& at) const {
  const auto is_sound = [&](OpId id) {
    const auto& op = ops_[id];
    const auto pages = pages_of(id);
    return !op.is_read && op.pages > 0 && index(op.plane) < jobs_.size() &&
           index(translation_.addresses().die_of(op.plane)) == at.id &&
           std::all_of(pages.begin(), pages.end(), [&](Lpn lpn) {
             return lpn == kNoLpn || index(lpn) < translation_.pages().logical_pages();
           });
  };
  const auto queue_is_sound = [&](const Queue& queue) {
    for (auto id = queue.head; id != kNoOp; id = ops_[id].next) {
      if (!is_sound(id)) {
        return false;
      }
    }
    return true;
  };
  return (!is_at_program(at) || is_sound(at.op)) &&
         (!has_suspended_program(at) || is_sound(at.suspended.op)) && queue_is_sound(at.first) &&
         queue_is_sound(at.second);
}

const char* Device::fault(std::uint64_t secret) const {
  const auto times = {now_, in_.free_at(), in_.busy(), out_.free_at(), out_.busy()};
  if (!std::all_of(times.begin(), times.end(), is_time) || plane_at_ >= plane_order_.size() ||
      !queues_.is_sound()) {
    return "what the controller does is impossible";
  }
  return flash_.fault(secret, now_);
}

/// Fills the write buffer again: with what is being programmed, and what is not yet. False: it
/// cannot have held that.
bool Device::put_back(const std::vector<Lpn>& dirty) {
  const auto put = [&](Lpn lpn, Flash::OpId program) {
    const bool can_be =
        buffer_.has_room() && (lpn == kNoLpn || buffer_.find(lpn) == WriteBuffer::kNone);
    return can_be ? buffer_.put(lpn, program) : WriteBuffer::kNone;
  };
  const auto per_page = parameters_.geometry.slots_per_page();
  entries_of_.resize(std::size_t{flash_.ops_end()} * per_page);
  for (Flash::OpId id = 0; id < flash_.ops_end(); ++id) {
    if (flash_[id].owner != kBuffer) {
      return false;
    }
    auto entry = std::size_t{id} * per_page;
    for (const auto lpn : flash_.pages_of(id)) {
      entries_of_[entry] = put(lpn, id);
      if (entries_of_[entry++] == WriteBuffer::kNone) {
        return false;
      }
    }
  }
  for (const auto lpn : dirty) {
    if ((lpn != kNoLpn && index(lpn) >= parameters_.logical_pages) ||
        put(lpn, WriteBuffer::kNone) == WriteBuffer::kNone) {
      return false;
    }
  }
  return dirty.empty() || buffer_.dirty() > 0;
}

}  // namespace gantry::ssd

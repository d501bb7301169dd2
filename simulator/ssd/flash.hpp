#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ssd/activity.hpp"
#include "ssd/bus.hpp"
#include "ssd/event_queue.hpp"
#include "ssd/latency.hpp"
#include "ssd/parameters.hpp"
#include "ssd/translation.hpp"

namespace gantry::ssd {

/// What flash has done, in pages of the mapping where nothing else is said.
struct FlashCounters {
  std::uint64_t reads = 0;     ///< of flash pages, for the host
  std::uint64_t programs = 0;  ///< of flash pages, all of them
  std::uint64_t erases = 0;    ///< of blocks
  std::uint64_t host_pages = 0;
  std::uint64_t moved_pages = 0;
  std::uint64_t empty_pages = 0;       ///< that programs had room for and did not hold
  std::uint64_t collection_reads = 0;  ///< of flash pages
  std::uint64_t suspends = 0;
  std::uint64_t transferred_pages = 0;  ///< over the channels
};

/// The dies with their channels, and the collection of garbage on them. Operations on flash pages
/// go in; each comes out when it is done. Exact: a die waits for its channel in the order in which
/// transfers are asked for, and there is one event for each die at most.
class Flash {
 public:
  using OpId = std::uint32_t;
  static constexpr OpId kNoOp = 0xffffffff;

  /// A read of slots of one flash page, or the program of one.
  struct Op {
    std::uint64_t owner = 0;  ///< whoever asked for it
    Nanos since{0};           ///< when the wait that goes on has begun
    FlashLatency latency;
    Nanos collected{0};  ///< of its die, at since
    OpId next = kNoOp;   ///< in a queue
    Slot slot = kNoSlot;
    PlaneId plane{0};
    std::uint16_t pages = 0;
    bool is_read = false;
  };

  explicit Flash(const Parameters& parameters);

  Translation& translation() { return translation_; }
  const Translation& translation() const { return translation_; }

  /// Asks for slots [slot, slot + pages), all in one flash page.
  void read(Slot slot, std::uint16_t pages, std::uint64_t owner, Nanos now);
  /// Asks for a flash page with these logical pages, in the plane, or in another if that is full.
  OpId write(PlaneId plane, std::span<const Lpn> pages, std::uint64_t owner, Nanos now);
  /// A page of a write has been written anew or trimmed, and must not become current. Does nothing
  /// if it has been already.
  void drop(OpId write, Lpn lpn);

  /// When a read of one page that begins at a time, while nothing else goes on, has left the array
  /// and the channel.
  struct Alone {
    Nanos array{0};
    Nanos channel{0};
  };
  Alone alone(Slot slot, Nanos now) const {
    const auto array = now + parameters_.nand.command + page_time(parameters_.nand.read, slot);
    return {array, array + transfer_[1] + parameters_.channel.latency};
  }
  /// It has taken place.
  void read_alone(Slot slot, Nanos begin, const Alone& end);

  /// When step() has something to do; kNever: nothing is going on.
  Nanos next_time() const { return events_.next().time; }
  /// The next change at a die. The operation that it has ended, if any, is to be given back by
  /// release().
  OpId step();
  const Op& operator[](OpId op) const { return ops_[op]; }
  std::span<const Lpn> pages_of(OpId op) const {
    return {lpns_.data() + std::size_t{op} * slots_per_page_, ops_[op].pages};
  }
  void release(OpId op) {
    ops_[op].next = free_op_;
    free_op_ = op;
  }

  /// What a die does now.
  Activity activity(DieId die) const;
  /// See Device::fault().
  const char* fault(std::uint64_t secret, Nanos now) const;
  /// While all operations are writes.
  template <class Archive>
  void transfer(Archive& archive);
  /// Of all operations, whether they go on or not: their numbers are below this.
  OpId ops_end() const { return static_cast<OpId>(ops_.size()); }

  bool is_idle(DieId die) const { return dies_[index(die)].phase == Phase::kIdle; }
  std::uint32_t writes_at(DieId die) const { return dies_[index(die)].writes; }

  const FlashCounters& counters() const { return counters_; }
  Nanos die_busy(DieId die, Nanos now) const;
  Nanos channel_busy(ChannelId channel) const { return channels_[index(channel)].busy(); }

 private:
  enum class Phase : std::uint8_t {
    kIdle,
    kRead,            // from the array
    kReadOut,         // over the channel
    kProgram,         // over the channel and into the array
    kProgramAndRead,  // of collection, if nothing else can come between
    kErase,
    kSuspend,
    kResume,
  };
  struct Queue {
    OpId head = kNoOp;
    OpId tail = kNoOp;
  };
  /// A program or erase that waits until reads have been done.
  struct Suspended {
    Phase phase = Phase::kIdle;
    bool collects = false;
    OpId op = kNoOp;
    Nanos rest{0};
  };
  struct Die {
    std::uint32_t id = 0;
    std::uint32_t channel = 0;
    Phase phase = Phase::kIdle;
    bool collects = false;     // what it does is collection
    bool may_collect = true;   // a plane of it may have less room than is to be kept
    OpId op = kNoOp;           // that it does, if not
    Queue first;               // reads; of kFirstCome all
    Queue second;              // writes
    std::uint32_t writes = 0;  // that wait or are done
    PlaneId plane{0};          // of what it collects
    Nanos phase_since{0};
    Nanos program_end{0};  // of kProgramAndRead
    Nanos array_since{0};  // from when on a program or erase can be suspended
    Nanos busy{0};
    Nanos collected{0};  // time that collection has had it
    Suspended suspended;
  };
  static constexpr std::uint32_t kAnyRoom = 0xffffffff;
  /// The collection of a plane.
  struct Job {
    BlockId victim = kNoBlock;
    std::uint32_t cursor = 0;    // offset below which the victim holds nothing, if not gathered
    std::uint32_t gathered = 0;  // slots that have been read for the next program
    std::uint32_t reading = 0;   // slots that are being read for it
    std::uint32_t valid_at_begin = 0;  // slots of the victim
    std::uint32_t room_at_begin = 0;   // of the plane
  };

  OpId make_op(std::uint64_t owner, Nanos now);
  void push(Queue& queue, OpId op);
  OpId pop(Queue& queue);
  void enqueue(Die& at, OpId op, Nanos now);

  void enter(Die& at, Phase phase, Nanos now, Nanos until);
  void leave(Die& at, Nanos now);
  void dispatch(Die& at, Nanos now);
  enum class Pace { kWithCollection, kWithout };
  bool start(Die& at, Pace pace, Nanos now);
  bool start(Die& at, Queue& queue, Pace pace, Nanos now);
  void start_read(Die& at, OpId op, Nanos now);
  void read_out(Die& at, std::uint32_t pages, Nanos now);
  bool start_write(Die& at, Queue& queue, Pace pace, Nanos now);
  Nanos program(Die& at, Slot slot, std::uint32_t pages, Nanos now);
  void suspend(Die& at, Nanos now);
  OpId end_op(Die& at, Nanos now);
  PlaneId emptier_plane(PlaneId plane) const;
  void charge_wait(const Die& at, Op& op, Nanos now) const;
  Nanos transfer(const Die& at, std::uint32_t pages, Nanos now);

  std::uint32_t room(PlaneId plane) const {
    return translation_.room(plane) + jobs_[index(plane)].cursor;
  }
  bool go_on(Die& at, Nanos now);
  bool collect(Die& at, std::uint32_t below, Nanos now);
  bool collect(Die& at, PlaneId plane, Nanos now);
  bool begin_job(PlaneId plane, bool is_needed);
  bool choose(PlaneId plane);
  Nanos read_time(PlaneId plane) const;
  bool must_go_on(const Die& at) const;
  bool must_wait(const Queue& queue) const;
  void part(Die& at, Nanos now);
  bool program_gathered(Die& at, Nanos now);
  template <class Archive>
  void transfer_die(Archive& archive, Die& at);
  template <class Archive>
  void transfer_queue(Archive& archive, Die& at, Queue& queue);
  template <class Archive>
  void transfer_op(Archive& archive, Die& at, OpId& id);
  bool is_at_program(const Die& at) const { return at.phase == Phase::kProgram && !at.collects; }
  bool has_suspended_program(const Die& at) const {
    return at.suspended.phase == Phase::kProgram && !at.suspended.collects;
  }
  const char* fault_of(PlaneId plane) const;
  bool is_sound(const Die& at, Nanos now) const;
  bool is_phase_sound(const Die& at) const;
  bool can_be_erased(PlaneId plane) const;
  bool are_ops_sound(const Die& at) const;
  Job& job(PlaneId plane) { return jobs_[index(plane)]; }

  Nanos page_time(const std::array<Nanos, kMaxCellBits>& times, Slot slot) const;

  Parameters parameters_;
  Translation translation_;
  EventQueue events_;
  std::uint32_t slots_per_page_;
  std::uint32_t kept_;       // room of a plane, below which the host waits for collection
  std::uint32_t kept_idle_;  // and below which an idle die collects
  Divisor cell_bits_;
  std::vector<Nanos> transfer_;  // by number of slots
  std::vector<Die> dies_;
  std::vector<Bus> channels_;
  std::vector<Job> jobs_;       // of all planes
  std::vector<Slot> gathered_;  // of all planes, slots_per_page_ each
  std::vector<Op> ops_;
  std::vector<Lpn> lpns_;  // of all ops, slots_per_page_ each
  OpId free_op_ = kNoOp;
  FlashCounters counters_;
};

}  // namespace gantry::ssd

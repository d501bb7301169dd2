#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ssd/bus.hpp"
#include "ssd/command.hpp"
#include "ssd/fifo.hpp"
#include "ssd/flash.hpp"
#include "ssd/front_end.hpp"
#include "ssd/parameters.hpp"
#include "ssd/write_buffer.hpp"

namespace gantry::ssd {

/// A solid-state drive in simulated time. The host submits commands, each at a time of its own, and
/// takes completions in the order of their times. The same parameters and commands give the same
/// completions, always.
class Device {
 public:
  explicit Device(const Parameters& parameters);

  const Parameters& parameters() const { return parameters_; }

  /// Time of what has happened last.
  Nanos now() const { return now_; }

  /// command.time is no earlier than now() and than that of the command before; its pages are below
  /// parameters().logical_pages, and its queue is one of the front end's.
  void submit(const Command& command);

  /// A hint, for speed alone: a command for this page is going to be submitted soon.
  void expect(Lpn lpn) const { flash_.translation().pages().prefetch(lpn); }

  /// Goes on until a command ends, or until a time; null: none ended until then. What is returned
  /// is good until the next call, and the caller's to change. Commands that are submitted for times
  /// up to now() of the next completion must have been submitted before.
  Completion* next(Nanos until = kNever);

  /// When next() has something to do; kNever: nothing is going on.
  Nanos next_time() const;

  /// Commands that have been submitted and have not ended.
  std::uint64_t outstanding() const { return outstanding_; }

  /// The command that an operation of flash belongs to; null: it is a program of the write buffer.
  const Command* command_of(const Flash::Op& op) const {
    return op.owner == kBuffer ? nullptr
                               : &requests_[static_cast<RequestId>(op.owner)].completion.command;
  }
  /// What is ahead of a command that comes now.
  struct Backlog {
    std::uint64_t queued = 0;     ///< commands that the controller has not taken up
    std::uint64_t admitting = 0;  ///< writes that wait for room in the write buffer
    std::uint64_t dirty = 0;      ///< pages of the write buffer, for which no program runs
  };
  Backlog backlog() const;

  /// Nothing is outstanding, and all completions have been taken.
  bool is_settled() const { return outstanding_ == 0 && ended_.empty(); }

  /// Names all that a settled device's future depends on, besides its parameters, to an archive
  /// (see archive.hpp). To be restored into a device of the same parameters that nothing has been
  /// done with; it can be used if the archive has not failed and fault() finds nothing. Defined in
  /// device_transfer.hpp.
  template <class Archive>
  void transfer(Archive& archive);

  /// What makes this state one that no device can be in, and that the model might crash on,
  /// wherever it comes from; null: nothing. It must be settled. secret: a random number, from which
  /// a state that was made to deceive cannot know how the map of pages is looked through.
  const char* fault(std::uint64_t secret) const;

  Flash& flash() { return flash_; }
  const Flash& flash() const { return flash_; }
  Nanos link_busy() const { return out_.busy() + in_.busy(); }

 private:
  struct Request {
    Completion completion;  // as far as it is known
    Nanos since{0};         // when what it waits for now has begun
    std::uint32_t pages_left = 0;
    std::uint32_t pages_buffered = 0;
    std::uint32_t next_free = 0;
  };
  using RequestId = std::uint32_t;
  static constexpr RequestId kNoRequest = 0xffffffff;
  static constexpr std::uint64_t kBuffer = ~std::uint64_t{0};  // owner of programs of the buffer
  /// Pages of a request on the link.
  struct Transfer {
    Nanos end{0};
    RequestId request = 0;
    std::uint32_t pages = 0;
  };

  RequestId make_request(const Command& command);
  void arrive(RequestId id);
  bool can_take() const;
  void take(RequestId id);
  void fetch();
  bool read_alone(Nanos until);
  Nanos next_before_flash() const;
  void step_before_flash();
  void begin(RequestId id);
  void receive(RequestId id);
  void read(RequestId id);
  void read_pages(RequestId id);
  void write(RequestId id);
  void trim(RequestId id);
  static void charge(Latency& latency, const FlashLatency& flash);
  void send(RequestId id, std::uint32_t pages, const FlashLatency& flash, Nanos buffer);
  void end_pages(RequestId id, std::uint32_t pages);
  void step_flash();
  PlaneId next_plane(Lpn lpn);
  void buffer(RequestId id);
  void admit();
  bool admit_page(RequestId id, Lpn lpn);
  void drain();
  bool program_dirty();
  std::optional<PlaneId> plane_with_room(Lpn lpn);
  void end_program(Flash::OpId program);
  void end_access(RequestId id, std::uint32_t pages);
  void flush(RequestId id);
  void end_flushes();
  void forget(Lpn lpn);
  bool is_buffered(Lpn lpn) const {
    return buffer_.is_there() && buffer_.find(lpn) != WriteBuffer::kNone;
  }
  Nanos link_time(std::uint32_t pages) const;
  bool put_back(const std::vector<Lpn>& dirty);

  Parameters parameters_;
  Flash flash_;
  FrontEndQueues queues_;
  Bus in_;   // from the host
  Bus out_;  // to the host
  Nanos page_on_link_{0};
  Nanos now_{0};
  Fifo<RequestId> arrivals_;
  Fifo<Transfer> receiving_;
  Fifo<Transfer> sending_;
  Fifo<RequestId> ended_;
  RequestId returned_ = kNoRequest;  // by next(), and free after that
  Nanos arrival_ = kNever;           // of the first of arrivals_
  Nanos controller_end_ = kNever;
  RequestId in_controller_ = 0;
  std::uint32_t in_device_ = 0;
  std::uint64_t outstanding_ = 0;
  std::vector<Request> requests_;
  RequestId free_request_ = kNoRequest;
  std::vector<PlaneId> plane_order_;
  std::uint32_t plane_at_ = 0;
  std::vector<Lpn> lpns_;  // of the program that is being put together

  /// A flush, and the epoch of the buffer that it waits for.
  struct Flush {
    RequestId request = 0;
    std::uint64_t epoch = 0;
  };
  WriteBuffer buffer_;
  std::vector<WriteBuffer::Entry> taken_;       // of the program that is being put together
  std::vector<WriteBuffer::Entry> entries_of_;  // of all programs, slots_per_page() each
  Fifo<RequestId> admitting_;                   // writes that wait for room
  Fifo<Transfer> accessing_;                    // pages that go into the buffer or out of it
  Fifo<Flush> flushes_;
  std::uint32_t forced_ = 0;  // requests that want all that is dirty in flash
};

}  // namespace gantry::ssd

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/description.hpp"
#include "data/store.hpp"
#include "ssd/device.hpp"
#include "ssd/fifo.hpp"
#include "ssd/namespaces.hpp"
#include "state/state.hpp"
#include "workload/recorder.hpp"

namespace gantry::host {

/// What has been done with a device before a host gets it, in no time (see ssd/precondition.hpp).
enum class Fill : std::uint8_t { kNone, kSequential, kRandom };

/// The device of a description; an error if there is not the memory that it takes.
base::Result<std::unique_ptr<ssd::Device>> make_device(const config::Description& description,
                                                       Fill fill, std::uint64_t seed);

/// A command in bytes. A flush looks at its time, tag and queue alone.
struct Request {
  ssd::Nanos time{0};
  std::uint64_t offset = 0;  ///< from the begin of the namespace
  std::uint64_t length = 0;
  std::uint64_t tag = 0;      ///< the host's own
  std::byte* data = nullptr;  ///< where a read puts the data (null: nowhere), or from where a write
                              ///< takes it (null: zeros); it is not used after submit()
  std::uint32_t space = 0;    ///< number of a namespace from 1; 0: the whole device
  std::uint16_t queue = 0;
  ssd::Opcode opcode = ssd::Opcode::kRead;
  bool force_unit_access = false;
};

/// A drive as a host sees it: bytes in namespaces, with the data that they hold. Beneath is
/// ssd::Device, which knows whole logical pages and no data.
///
/// A write that covers a page in part takes its time as a drive takes it that reads the page,
/// changes it, and writes all of it: first come reads of the pages at its ends that are in flash,
/// as commands in its queue, then the write. A read takes as long as one of all pages that it
/// touches; a trim frees the pages that it covers, and zeros what else it names. Data moves at
/// once, in the order of submission, whenever the commands end.
class Drive {
 public:
  struct Options {
    data::Mode data = data::Mode::kTimingOnly;
    std::filesystem::path data_file{};  ///< of data::Mode::kFile
    Fill fill = Fill::kNone;
    std::uint64_t seed = 1;  ///< of Fill::kRandom
    bool measures = true;    ///< for report()
  };

  /// Of a device that nothing has been done with, but for the fill.
  static base::Result<Drive> create(config::Description description, const Options& options);
  /// Of a device that has been used; nothing is outstanding. options.fill is not looked at.
  static base::Result<Drive> create(config::Description description,
                                    std::unique_ptr<ssd::Device> device, const Options& options);

  /// Bytes that one read or write may have.
  static constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;
  /// No command comes later: 146 years.
  static constexpr ssd::Nanos kLastTime{(std::int64_t{1} << 62) - 1};

  /// What keeps a request from being submitted now.
  enum class Refusal : std::uint8_t {
    kNone,
    kSpace,
    kQueue,
    kPast,    ///< it is earlier than now(), or than the one before
    kFuture,  ///< it is later than kLastTime
    kEmpty,
    kLong,   ///< it has more than kMostBytes
    kRange,  ///< it goes beyond the end
  };
  Refusal refusal(const Request& request) const;
  base::Error explain(Refusal refusal, const Request& request) const;

  /// An error is that of a refusal, or what the data's store says; nothing is submitted then.
  base::Result<void> submit(const Request& request);

  /// Goes on until a command ends, or until a time; null: none ended until then. Its tag and time
  /// are the request's, its pages those that the request touches. What is returned is good until
  /// the next call.
  const ssd::Completion* next(ssd::Nanos until = ssd::kNever);

  /// No command ends before this time, unless it is submitted yet; kNever: nothing is going on.
  ssd::Nanos next_time() const;
  ssd::Nanos now() const { return device_->now(); }
  std::uint64_t submitted() const { return generated_; }
  std::uint64_t completed() const { return serviced_; }
  std::uint64_t outstanding() const { return generated_ - serviced_; }

  /// Bytes of a namespace, or of the whole device.
  std::uint64_t capacity(std::uint32_t space) const {
    return std::uint64_t{range(space).pages} * unit_;
  }
  const std::vector<ssd::Namespace>& namespaces() const { return spaces_; }
  const config::Description& description() const { return description_; }
  const ssd::Device& device() const { return *device_; }
  /// Writes that covered a page in part, and had to read it.
  std::uint64_t modifications() const { return modified_; }

  /// Writes the device to a file (see state::save()), without the data. Nothing is outstanding.
  base::Result<void> save(const std::filesystem::path& path) {
    return state::save(*device_, description_, path);
  }

  /// Measuring begins anew, at now().
  void begin_report();
  /// What has been measured until now; if options.measures.
  workload::Report report() const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  /// A request that is outstanding. Its number is the tag of its commands.
  struct Slot {
    std::uint64_t tag = 0;
    std::uint32_t modification = kNone;
    std::uint32_t next_free = kNone;
  };
  /// A write that waits for pages to be read.
  struct Modification {
    ssd::Command write;
    ssd::Nanos since{0};
    ssd::Latency spent;
    std::uint32_t reads = 0;  // that are left
    std::uint32_t next_free = kNone;
  };
  /// A request for the device.
  struct Step {
    ssd::Command command;
    bool is_first_partial = false;  // of a write's pages
    bool is_last_partial = false;
  };
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t pages = 0;
  };

  Drive(config::Description description, std::unique_ptr<ssd::Device> device,
        std::unique_ptr<data::Store> store, bool measures);

  Range range(std::uint32_t space) const {
    return space == 0 ? Range{0, device_->parameters().logical_pages}
                      : Range{ssd::index(spaces_[space - 1].first), spaces_[space - 1].pages};
  }
  base::Result<void> move_data(const Request& request);
  std::uint64_t page_of(std::uint64_t byte) const {
    return shift_ < 64 ? byte >> shift_ : byte / unit_;
  }
  Step step_of(const Request& request) const;
  std::uint32_t take_slot(std::uint64_t tag);
  bool is_in_flash(ssd::Lpn page) const;
  void pass(const Step& step);
  bool finish(ssd::Completion& completion);
  bool go_on(const ssd::Completion& completion, Modification& modification);

  config::Description description_;
  std::vector<ssd::Namespace> spaces_;
  std::unique_ptr<ssd::Device> device_;
  std::unique_ptr<data::Store> store_;
  std::uint32_t unit_;  // bytes of a page
  unsigned shift_;      // by which bytes become pages; 64: they must be divided
  ssd::Nanos last_{0};  // of the requests
  std::vector<Slot> slots_;
  std::uint32_t free_slot_ = kNone;
  std::vector<Modification> modifications_;
  std::uint32_t free_modification_ = kNone;
  std::uint32_t modifying_ = 0;  // modifications of which reads are left
  ssd::Fifo<Step> held_;         // that the device cannot have yet
  std::uint64_t generated_ = 0;
  std::uint64_t serviced_ = 0;
  std::uint64_t modified_ = 0;
  std::optional<workload::Recorder> recorder_;
};

}  // namespace gantry::host

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <span>
#include <vector>

#include <gantry/ssd.h>

namespace {

constexpr std::array<const char*, 4> kDevices = {
    R"({"geometry": {"channels": 1, "chips_per_channel": 1, "blocks_per_plane": 24,
        "pages_per_block": 8}, "capacity": "256KiB"})",
    R"({"geometry": {"channels": 2, "chips_per_channel": 1, "blocks_per_plane": 12,
        "pages_per_block": 4, "page_size": "8KiB", "mapping_unit": "512B"}, "capacity": "128KiB",
        "namespaces": [{"name": "a", "size": "50%"}, {"size": "17%"}],
        "front_end": {"queues": [{}, {"urgent": true}], "command_cost": "1us"},
        "write_buffer": {"size": "16KiB", "latency": "2us"}, "link": {"bandwidth": "1GB/s"}})",
    R"({"geometry": {"channels": 1, "chips_per_channel": 2, "blocks_per_plane": 16,
        "pages_per_block": 4, "page_size": "6KiB", "mapping_unit": "3KiB"}, "capacity": "120KiB",
        "scheduling": {"suspend_program": true, "suspend_erase": true}})",
    R"({"capacity": "1GiB", "nand": {"read": "fast"}})"};

/// What the input says.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  template <class T>
  T take() {
    T value{};
    const auto count = std::min(sizeof(T), bytes_.size());
    std::memcpy(&value, bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return value;
  }
  /// Mostly something that makes sense, at times anything.
  std::uint64_t number(std::uint64_t below) {
    const auto how = take<std::uint8_t>();
    return how < 250 ? take<std::uint32_t>() % below : take<std::uint64_t>();
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

void expect(bool holds, int line = __builtin_LINE()) {
  if (!holds) {
    std::fprintf(stderr, "line %d does not hold\n", line);
    std::abort();
  }
}

/// A drive with what must be true of it.
class Session {
 public:
  explicit Session(Input& input) : input_(input) {
    gantry_ssd_options options{};
    options.size = input.take<std::uint8_t>() < 250 ? sizeof(options) : input.take<std::size_t>();
    options.json = kDevices[input.take<std::uint8_t>() % kDevices.size()];
    options.data = input.take<std::uint8_t>() % 4;
    options.fill = input.take<std::uint8_t>() % 4;
    options.seed = input.take<std::uint8_t>();
    options.flags = input.take<std::uint8_t>() % 3;
    const auto status = gantry_ssd_open(&options, &drive_);
    expect((drive_ != nullptr) == (status == GANTRY_SSD_OK));
    expect(status == GANTRY_SSD_OK || *gantry_ssd_message() != 0);
    if (drive_ != nullptr) {
      info_.size = sizeof(info_);
      expect(gantry_ssd_get_info(drive_, &info_) == GANTRY_SSD_OK);
      bytes_.resize(info_.capacity);
    }
  }
  ~Session() { gantry_ssd_close(drive_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void run() {
    while (!input_.empty() && steps_++ < 2000) {
      switch (input_.take<std::uint8_t>() % 8) {
        case 0:
          look();
          break;
        case 1:
        case 2:
          next(input_.take<std::uint8_t>() % 2 == 0
                   ? GANTRY_SSD_NEVER
                   : gantry_ssd_now(drive_) + input_.take<std::uint32_t>());
          break;
        default:
          submit();
      }
    }
    while (drive_ != nullptr && next(GANTRY_SSD_NEVER)) {
    }
    expect(gantry_ssd_outstanding(drive_) == 0 && submitted_.empty());
  }

 private:
  void submit() {
    gantry_ssd_request request{};
    request.time = std::max(last_, gantry_ssd_now(drive_));
    request.time = input_.take<std::uint8_t>() < 250 ? request.time + input_.take<std::uint16_t>()
                                                     : input_.take<std::uint64_t>();
    request.offset = input_.number(std::max<std::uint64_t>(info_.capacity, 1));
    request.length = input_.number(20'000);
    request.tag = tag_++;
    request.opcode = static_cast<std::uint32_t>(input_.number(4));
    request.flags = static_cast<std::uint32_t>(input_.number(2));
    request.namespace_id = static_cast<std::uint32_t>(input_.number(3));
    request.queue = static_cast<std::uint32_t>(input_.number(2));
    // Memory for all that can be accepted.
    buffer_.assign(std::min<std::uint64_t>(request.length, info_.capacity),
                   input_.take<std::uint8_t>());
    request.data = input_.take<std::uint8_t>() % 8 == 0 ? nullptr : buffer_.data();
    const auto status = gantry_ssd_submit(drive_, &request);
    expect(status == GANTRY_SSD_OK || *gantry_ssd_message() != 0);
    if (status == GANTRY_SSD_OK) {
      last_ = request.time;
      submitted_[request.tag] = request.time;
      check_data(request);
    }
  }

  void check_data(const gantry_ssd_request& request) {
    gantry_ssd_namespace space{};
    space.size = sizeof(space);
    if (request.opcode == GANTRY_SSD_FLUSH ||
        (request.namespace_id != 0 &&
         gantry_ssd_get_namespace(drive_, request.namespace_id, &space) != GANTRY_SSD_OK)) {
      expect(request.opcode == GANTRY_SSD_FLUSH);
      return;
    }
    const auto at = std::span(bytes_).subspan(space.offset + request.offset, request.length);
    if (request.opcode == GANTRY_SSD_READ) {
      expect(request.data == nullptr || std::equal(at.begin(), at.end(), buffer_.begin()));
    } else if (info_.data != GANTRY_SSD_TIMING_ONLY) {
      const bool is_zero = request.opcode == GANTRY_SSD_TRIM || request.data == nullptr;
      std::fill(at.begin(), at.end(), is_zero ? std::uint8_t{0} : buffer_.front());
    }
  }

  bool next(std::uint64_t until) {
    gantry_ssd_completion ended{};
    const auto status = gantry_ssd_next(drive_, until, &ended);
    if (status != GANTRY_SSD_OK) {
      expect(drive_ == nullptr || status == GANTRY_SSD_NONE);
      return false;
    }
    const auto found = submitted_.find(ended.tag);
    expect(found != submitted_.end() && found->second == ended.submitted);
    submitted_.erase(found);
    expect(ended.completed >= completed_ && ended.completed >= ended.submitted);
    completed_ = ended.completed;
    expect(ended.queue + ended.buffer + ended.channel + ended.die + ended.collection + ended.link ==
           ended.completed - ended.submitted);
    return true;
  }

  void look() {
    gantry_ssd_counters counters{};
    counters.size = input_.take<std::uint8_t>() < 250 ? sizeof(counters) : 0;
    (void)gantry_ssd_get_counters(drive_, &counters);
    expect(gantry_ssd_outstanding(drive_) == submitted_.size());
    expect(gantry_ssd_next_time(drive_) >= gantry_ssd_now(drive_));
    if (steps_ % 16 == 0) {
      char* text = nullptr;
      (void)gantry_ssd_begin_report(drive_);
      (void)gantry_ssd_report(drive_, input_.take<std::uint8_t>() % 3, &text);
      gantry_ssd_free(text);
    }
  }

  Input& input_;
  gantry_ssd* drive_ = nullptr;
  gantry_ssd_info info_{};
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint8_t> buffer_;
  std::map<std::uint64_t, std::uint64_t> submitted_;  // tags with their times
  std::uint64_t tag_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t completed_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace

/// A sequence of calls, from the bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({data, size});
  Session(input).run();
  return 0;
}

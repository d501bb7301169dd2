#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "report/json_input.hpp"
#include "report/latency.hpp"

namespace gantry::report {

/// What a command's time is made of, by the names of the device's JSON.
inline constexpr std::array<std::string_view, 6> kParts = {"queue", "buffer",     "channel",
                                                           "die",   "collection", "link"};
using Parts = std::array<std::uint64_t, kParts.size()>;

/// Commands of one kind.
struct Operation {
  std::string name;  ///< "read"
  std::uint64_t commands = 0;
  std::uint64_t bytes = 0;
  Latency latency;
  Parts parts{};  ///< nanoseconds, sums over the commands
};

/// What flash has done meanwhile.
struct FlashWork {
  std::uint64_t reads = 0;     ///< of flash pages, for the host
  std::uint64_t programs = 0;  ///< of flash pages
  std::uint64_t erases = 0;
  std::uint64_t host_pages = 0;  ///< logical pages that the host's writes put into flash
  std::uint64_t moved_pages = 0;
  std::uint64_t collection_reads = 0;
  std::uint64_t suspends = 0;
};

/// Erases since the device was made.
struct Wear {
  std::uint64_t erases = 0;
  std::uint64_t blocks = 0;
  std::uint64_t least = 0;  ///< of one block
  std::uint64_t most = 0;
};

/// Whether the run was in a steady state.
struct SteadyState {
  bool known = false;
  bool steady = false;
};

/// What was measured, from "report" of a device's JSON.
struct DeviceReport {
  std::uint64_t begin = 0;  ///< nanoseconds, of simulated time
  std::uint64_t time = 0;   ///< nanoseconds
  bool interrupted = false;
  std::uint64_t commands = 0;
  double iops = 0;
  double bytes_per_second = 0;
  double write_amplification = 0;  ///< 0: the host has written nothing
  std::vector<Operation> operations;
  FlashWork flash;
  std::vector<double> dies;      ///< busy, of the time; a little over 1 if it is busy after it
  std::vector<double> channels;  ///< as dies; die N is on channel N modulo their number
  double link = 0;               ///< busy; up to 2, since it has two directions
  Wear wear;
  std::optional<double> picojoules;
  SteadyState steady;

  /// Sums over the operations.
  Parts parts() const;
  /// A percentile, "99", of the kind of commands in which it is longest; nothing if it is in none.
  std::optional<double> slowest(std::string_view percentile) const;
};

/// How punctually completions were delivered to a host in real time.
struct Delivery {
  std::uint64_t delivered = 0;
  std::uint64_t late = 0;     ///< by more than the tolerance
  double tolerance = 0;       ///< nanoseconds
  double mean_lateness = 0;   ///< nanoseconds
  double worst_lateness = 0;  ///< nanoseconds
};

/// A key and its value, as text.
using Setting = std::pair<std::string, std::string>;

/// Settings that belong together: "geometry".
struct SettingGroup {
  std::string name;
  std::vector<Setting> settings;
};

/// What `gantry ssd run --json` and gantry_ssd_report() write.
struct DeviceRun {
  std::string device;   ///< its name
  std::string digest;   ///< of its description; may be empty
  std::string version;  ///< of the simulator; may be empty
  std::vector<SettingGroup> description;
  std::vector<Setting> workload;  ///< or the trace; may be empty
  bool attribution = true;        ///< whether it says what time is made of
  DeviceReport report;
  std::optional<Delivery> delivery;  ///< of a drive that was used in real time
};

base::Result<DeviceRun> parse_device_run(std::string_view text, std::string name);

/// "report" alone, as it is in the points of a sweep too.
DeviceReport read_device_report(const JsonField& field);

/// The members of a description by group; those without a group are in the first, unnamed one.
std::vector<SettingGroup> read_settings(const JsonField& field);

/// "workload" or "trace" of a document, without what does not apply.
std::vector<Setting> read_workload(const JsonField& root);

}  // namespace gantry::report

#include "workload/trace_summary.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include <fmt/format.h>

#include "base/text.hpp"
#include "workload/report_output.hpp"

namespace gantry::workload {

namespace {

constexpr std::uint64_t kPage = 4096;
// 256 KiB each: memory is bounded, whatever a trace asks for.
constexpr std::size_t kMostGroups = std::size_t{4} << 20;

/// Pages that have been asked for, 64 to a group.
class Footprint {
 public:
  bool add(std::uint64_t offset, std::uint64_t bytes) {
    auto page = offset / kPage;
    const auto last = (offset + bytes - 1) / kPage;
    while (page <= last) {
      const auto group = page / 64;
      const auto in_group = std::min(last, group * 64 + 63) - page + 1;
      const auto bits = in_group == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << in_group) - 1;
      if (groups_.size() >= kMostGroups && !groups_.contains(group)) {
        return false;
      }
      auto& seen = groups_[group];
      const auto with = seen | bits << (page % 64);
      pages_ += static_cast<std::uint64_t>(std::popcount(with ^ seen));
      seen = with;
      page += in_group;
    }
    return true;
  }
  std::uint64_t pages() const { return pages_; }

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> groups_;
  std::uint64_t pages_ = 0;
};

}  // namespace

std::uint64_t TraceSummary::count() const {
  std::uint64_t sum = 0;
  for (const auto count : requests) {
    sum += count;
  }
  return sum;
}

base::Result<TraceSummary> summarize(TraceReader& reader) {
  TraceSummary summary;
  summary.format = reader.format();
  summary.first_offset = std::numeric_limits<std::uint64_t>::max();
  Footprint footprint;
  for (;;) {
    GANTRY_TRY(const auto request, reader.next());
    if (!request) {
      break;
    }
    const auto opcode = static_cast<std::size_t>(request->opcode);
    ++summary.requests.at(opcode);
    summary.bytes.at(opcode) += request->bytes;
    summary.duration = std::max(summary.duration, request->time);
    if (request->bytes > 0) {
      summary.first_offset = std::min(summary.first_offset, request->offset);
      summary.end_offset = std::max(summary.end_offset, request->offset + request->bytes);
      summary.footprint_is_complete =
          summary.footprint_is_complete && footprint.add(request->offset, request->bytes);
    }
  }
  summary.first_offset = std::min(summary.first_offset, summary.end_offset);
  summary.footprint = footprint.pages() * kPage;
  summary.lines = reader.lines();
  return summary;
}

std::string to_text(const TraceSummary& summary) {
  const auto count = summary.count();
  auto text = fmt::format("format        {}\nrequests      {} of {} lines\n",
                          name_of(summary.format), count, summary.lines);
  for (std::size_t at = 0; at < kOpcodes; ++at) {
    if (summary.requests.at(at) > 0) {
      text += fmt::format(
          "{:<14}{} ({:.1f} %), {}\n", fmt::format("  {}", name_of(static_cast<ssd::Opcode>(at))),
          summary.requests.at(at),
          static_cast<double>(summary.requests.at(at)) * 100 / static_cast<double>(count),
          base::format_bytes(summary.bytes.at(at)));
    }
  }
  const auto seconds = static_cast<double>(summary.duration.count()) / 1e9;
  text += fmt::format("duration      {:.3f} s", seconds);
  text += seconds > 0 ? fmt::format(" ({:.0f} a second)\n", static_cast<double>(count) / seconds)
                      : "\n";
  text += fmt::format("span          {} from offset {}\n",
                      base::format_bytes(summary.end_offset - summary.first_offset),
                      summary.first_offset);
  text += fmt::format("footprint     {}{}\n", summary.footprint_is_complete ? "" : "more than ",
                      base::format_bytes(summary.footprint));
  return text;
}

}  // namespace gantry::workload

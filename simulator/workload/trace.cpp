#include "workload/trace.hpp"

#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace gantry::workload {

namespace {

struct Name {
  TraceFormat format;
  std::string_view name;
};
constexpr std::array kNames = {
    Name{TraceFormat::kMsr, "msr"},           Name{TraceFormat::kAlibaba, "alibaba"},
    Name{TraceFormat::kBlkparse, "blkparse"}, Name{TraceFormat::kBlktrace, "blktrace"},
    Name{TraceFormat::kFio2, "fio2"},         Name{TraceFormat::kFio3, "fio3"},
    Name{TraceFormat::kMqsim, "mqsim"}};

constexpr std::uint64_t kSector = 512;

base::Error cannot_say(TraceFormat format, ssd::Opcode opcode) {
  return {fmt::format("a trace of {} cannot hold a {}", name_of(format),
                      opcode == ssd::Opcode::kTrim ? "trim" : "flush"),
          "", "convert it to fio3, which can"};
}

}  // namespace

std::string_view name_of(TraceFormat format) {
  return kNames[static_cast<std::size_t>(format)].name;
}

std::optional<TraceFormat> format_of(std::string_view name) {
  for (const auto& known : kNames) {
    if (known.name == name) {
      return known.format;
    }
  }
  return {};
}

std::vector<std::string> trace_format_names() {
  std::vector<std::string> names;
  for (const auto& known : kNames) {
    names.emplace_back(known.name);
  }
  return names;
}

base::Result<std::optional<Request>> at_time(Request request, std::uint64_t ticks,
                                             std::uint64_t tick_nanos,
                                             std::optional<std::uint64_t>& first_ticks) {
  if (request.bytes > kMostRequestBytes) {
    return base::Error{
        fmt::format("a request of {} bytes is longer than {}", request.bytes, kMostRequestBytes),
        "", ""};
  }
  if (request.offset > kMostOffset - request.bytes) {
    return base::Error{fmt::format("the offset {} is beyond {}", request.offset, kMostOffset), "",
                       ""};
  }
  if (request.bytes == 0 && request.opcode != ssd::Opcode::kFlush) {
    return std::optional<Request>{};
  }
  const auto first = first_ticks.value_or(ticks);
  // What was logged before the first one, by another processor, came with it.
  const auto since = ticks < first ? 0 : ticks - first;
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 4;
  if (since > most / tick_nanos) {
    return base::Error{fmt::format("the time {} is too long after the first, {}", ticks, first), "",
                       ""};
  }
  first_ticks = first;
  request.time = ssd::Nanos{static_cast<std::int64_t>(since * tick_nanos)};
  return std::optional<Request>{request};
}

base::Result<std::string> to_line(const Request& request, TraceFormat format) {
  const auto nanos = static_cast<std::uint64_t>(request.time.count());
  const bool is_read = request.opcode == ssd::Opcode::kRead;
  if (format != TraceFormat::kFio3 && !is_read && request.opcode != ssd::Opcode::kWrite) {
    return cannot_say(format, request.opcode);
  }
  switch (format) {
    case TraceFormat::kMsr:
      return fmt::format("{},gantry,0,{},{},{},0\n", nanos / 100, is_read ? "Read" : "Write",
                         request.offset, request.bytes);
    case TraceFormat::kAlibaba:
      return fmt::format("0,{},{},{},{}\n", is_read ? 'R' : 'W', request.offset, request.bytes,
                         nanos / 1000);
    case TraceFormat::kMqsim:
      return fmt::format("{} 0 {} {} {}\n", nanos, request.offset / kSector,
                         (request.bytes + kSector - 1) / kSector, is_read ? 1 : 0);
    case TraceFormat::kFio3:
      if (request.opcode == ssd::Opcode::kFlush) {
        return fmt::format("{} device sync 0 0\n", nanos / 1000);
      }
      return fmt::format("{} device {} {} {}\n", nanos / 1000,
                         is_read                                 ? "read"
                         : request.opcode == ssd::Opcode::kWrite ? "write"
                                                                 : "trim",
                         request.offset, request.bytes);
    default:
      return base::Error{fmt::format("traces of {} are only read", name_of(format)), "",
                         "those of msr, alibaba, fio3 and mqsim can be written"};
  }
}

std::string_view heading(TraceFormat format) {
  return format == TraceFormat::kFio3 ? "fio version 3 iolog\n0 device add\n0 device open\n" : "";
}

}  // namespace gantry::workload

#include <array>
#include <cstddef>
#include <span>

#include <fmt/format.h>

#include "base/text.hpp"
#include "workload/trace.hpp"

namespace gantry::workload {

namespace {

using base::Error;
using ssd::Opcode;

constexpr std::uint64_t kSector = 512;

/// The fields of a line: as many as fit, and how many there are.
struct Fields {
  std::array<std::string_view, 12> at;
  std::size_t count = 0;

  void push(std::string_view field) {
    if (count < at.size()) {
      at[count] = field;
    }
    ++count;
  }
};

Fields split_commas(std::string_view line) {
  Fields fields;
  for (;;) {
    const auto comma = line.find(',');
    fields.push(base::trim(line.substr(0, comma)));
    if (comma == std::string_view::npos) {
      return fields;
    }
    line.remove_prefix(comma + 1);
  }
}

Fields split_blanks(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  Fields fields;
  for (;;) {
    const auto begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
      return fields;
    }
    line.remove_prefix(begin);
    const auto end = line.find_first_of(kBlanks);
    fields.push(line.substr(0, end));
    line.remove_prefix(std::min(end, line.size()));
  }
}

/// As a message shows it: printable, and not all of it.
std::string shown(std::string_view field) {
  constexpr std::size_t kMost = 40;
  return field.size() <= kMost ? base::printable(field)
                               : base::printable(field.substr(0, kMost)) + "...";
}

Error not_a(std::string_view what, std::string_view field) {
  return {fmt::format("\"{}\" is no {}", shown(field), what), "", ""};
}

Error count_error(std::size_t count, std::string_view format) {
  return {fmt::format("{} fields are not {}", count, format), "", ""};
}

base::Result<std::uint64_t> number(std::string_view what, std::string_view field) {
  if (const auto value = base::parse_unsigned(field)) {
    return *value;
  }
  return not_a(what, field);
}

base::Result<std::uint64_t> sectors(std::string_view what, std::string_view field) {
  GANTRY_TRY(const auto count, number(what, field));
  if (count > kMostOffset / kSector) {
    return Error{fmt::format("the {} {} is beyond {}", what, count, kMostOffset / kSector), "", ""};
  }
  return count * kSector;
}

}  // namespace

RequestParser::Parsed RequestParser::make(Request request, std::uint64_t ticks,
                                          std::uint64_t tick_nanos) {
  return at_time(request, ticks, tick_nanos, first_ticks_);
}

RequestParser::Parsed RequestParser::parse(std::string_view line) {
  ++lines_;
  line = base::trim(line);
  if (line.empty() || line.front() == '#') {
    return std::optional<Request>{};
  }
  switch (format_) {
    case TraceFormat::kMsr:
      return parse_msr(line);
    case TraceFormat::kAlibaba:
      return parse_alibaba(line);
    case TraceFormat::kBlkparse:
      return parse_blkparse(line);
    case TraceFormat::kFio2:
    case TraceFormat::kFio3:
      return parse_fio(line);
    case TraceFormat::kMqsim:
      return parse_mqsim(line);
    case TraceFormat::kBlktrace:
      break;
  }
  return Error{"blktrace's records are no lines", "", ""};
}

/// Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime
RequestParser::Parsed RequestParser::parse_msr(std::string_view line) {
  const auto fields = split_commas(line);
  if (fields.count != 7) {
    return count_error(fields.count, "the 7 of msr (time,host,disk,type,offset,size,response)");
  }
  const auto& [time, host, disk, type, offset, size, response, a, b, c, d, e] = fields.at;
  if (lines_ == 1 && time == "Timestamp") {
    return std::optional<Request>{};
  }
  Request request;
  if (type == "Write" || type == "write") {
    request.opcode = Opcode::kWrite;
  } else if (type != "Read" && type != "read") {
    return not_a("Read or Write", type);
  }
  GANTRY_TRY(request.offset, number("offset", offset));
  GANTRY_TRY(request.bytes, number("size", size));
  GANTRY_TRY(const auto ticks, number("time", time));
  return make(request, ticks, 100);
}

/// device_id,opcode,offset,length,timestamp
RequestParser::Parsed RequestParser::parse_alibaba(std::string_view line) {
  const auto fields = split_commas(line);
  if (fields.count != 5) {
    return count_error(fields.count, "the 5 of alibaba (device,opcode,offset,length,time)");
  }
  if (lines_ == 1 && fields.at[0] == "device_id") {
    return std::optional<Request>{};
  }
  Request request;
  if (fields.at[1] == "W") {
    request.opcode = Opcode::kWrite;
  } else if (fields.at[1] != "R") {
    return not_a("R or W", fields.at[1]);
  }
  GANTRY_TRY(request.offset, number("offset", fields.at[2]));
  GANTRY_TRY(request.bytes, number("length", fields.at[3]));
  GANTRY_TRY(const auto ticks, number("time", fields.at[4]));
  return make(request, ticks, 1000);
}

/// major,minor cpu sequence seconds.nanoseconds pid action rwbs [sector + sectors] [process]
RequestParser::Parsed RequestParser::parse_blkparse(std::string_view line) {
  const auto fields = split_blanks(line);
  const auto device = base::split(fields.at[0], ',');
  const bool is_event =
      device.size() == 2 && base::parse_unsigned(device[0]) && base::parse_unsigned(device[1]);
  if (ended_ || (!is_event && lines_ > 1 && first_ticks_)) {
    ended_ = true;
    return std::optional<Request>{};
  }
  if (!is_event || fields.count < 6) {
    return not_a("event of blkparse (major,minor cpu sequence time pid action rwbs)", line);
  }
  if (fields.at[5] != "Q") {
    return std::optional<Request>{};
  }
  if (fields.count < 7) {
    return Error{"a queued request does not say what it is", "", ""};
  }
  const auto kind = fields.at[6];
  const auto has = [&](char letter) { return kind.find(letter) != std::string_view::npos; };
  Request request;
  if (has('D')) {
    request.opcode = Opcode::kTrim;
  } else if (kind.front() == 'F' && fields.at[8] != "+") {
    // A write of nothing, before which is flushed: FWS.
    request.opcode = Opcode::kFlush;
  } else if (has('W')) {
    request.opcode = Opcode::kWrite;
    request.force_unit_access = kind.find('F', kind.find('W')) != std::string_view::npos;
  } else if (has('F')) {
    request.opcode = Opcode::kFlush;
  } else if (!has('R')) {
    return std::optional<Request>{};
  }
  const auto time = base::split(fields.at[3], '.');
  if (time.size() != 2 || time[1].size() != 9) {
    return not_a("time in seconds with nine decimals", fields.at[3]);
  }
  GANTRY_TRY(const auto seconds, number("time", time[0]));
  GANTRY_TRY(const auto nanos, number("time", time[1]));
  constexpr std::uint64_t kSecond = 1'000'000'000;
  if (seconds > kSecond) {
    return not_a("time in seconds with nine decimals", fields.at[3]);
  }
  if (fields.count >= 10 && fields.at[8] == "+") {
    GANTRY_TRY(request.offset, sectors("sector", fields.at[7]));
    GANTRY_TRY(request.bytes, sectors("number of sectors", fields.at[9]));
  } else if (request.opcode != Opcode::kFlush) {
    return Error{"a queued request does not say where it goes: \"sector + sectors\"", "", ""};
  }
  if (request.opcode == Opcode::kFlush) {
    request.offset = request.bytes = 0;
  }
  return make(request, seconds * kSecond + nanos, 1);
}

/// [timestamp] file action [offset length], after "fio version 2 iolog" or "fio version 3 iolog"
RequestParser::Parsed RequestParser::parse_fio(std::string_view line) {
  const bool has_times = format_ == TraceFormat::kFio3;
  if (lines_ == 1) {
    if (line != (has_times ? "fio version 3 iolog" : "fio version 2 iolog")) {
      return not_a(
          has_times ? "heading of fio: fio version 3 iolog" : "heading of fio: fio version 2 iolog",
          line);
    }
    return std::optional<Request>{};
  }
  const auto fields = split_blanks(line);
  const std::size_t skip = has_times ? 1 : 0;
  if (fields.count < skip + 2) {
    return count_error(fields.count, has_times ? "time, file and action" : "file and action");
  }
  auto ticks = waited_;
  if (has_times) {
    GANTRY_TRY(ticks, number("time", fields.at[0]));
  }
  const auto action = fields.at[skip + 1];
  if (action == "add" || action == "open" || action == "close") {
    return std::optional<Request>{};
  }
  Request request;
  if (action == "sync" || action == "datasync") {
    request.opcode = Opcode::kFlush;
    return make(request, ticks, 1000);
  }
  if (action == "write" || action == "trim") {
    request.opcode = action == "write" ? Opcode::kWrite : Opcode::kTrim;
  } else if (action != "read" && action != "wait") {
    return not_a("action of fio (add, open, close, read, write, trim, sync, datasync, wait)",
                 action);
  }
  if (fields.count < skip + 4) {
    return Error{fmt::format("{} needs an offset and a length", action), "", ""};
  }
  GANTRY_TRY(request.offset, number("offset", fields.at[skip + 2]));
  GANTRY_TRY(request.bytes, number("length", fields.at[skip + 3]));
  if (action == "wait") {
    constexpr std::uint64_t kLongest = 1'000'000'000'000;
    if (request.offset > kLongest || waited_ > kLongest) {
      return not_a("time to wait", fields.at[skip + 2]);
    }
    waited_ += request.offset;
    return std::optional<Request>{};
  }
  return make(request, ticks, 1000);
}

/// time device sector sectors type
RequestParser::Parsed RequestParser::parse_mqsim(std::string_view line) {
  const auto fields = split_blanks(line);
  if (fields.count != 5) {
    return count_error(fields.count, "the 5 of mqsim (time device sector sectors type)");
  }
  GANTRY_TRY(const auto ticks, number("time", fields.at[0]));
  GANTRY_TRY([[maybe_unused]] const auto device, number("device", fields.at[1]));
  Request request;
  GANTRY_TRY(request.offset, sectors("sector", fields.at[2]));
  GANTRY_TRY(request.bytes, sectors("number of sectors", fields.at[3]));
  if (fields.at[4] == "0") {
    request.opcode = Opcode::kWrite;
  } else if (fields.at[4] != "1") {
    return not_a("type of mqsim: 0 for a write, 1 for a read", fields.at[4]);
  }
  return make(request, ticks, 1);
}

}  // namespace gantry::workload

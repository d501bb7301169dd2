#include "workload/trace_reader.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::workload {

namespace {

// struct blk_io_trace of Linux (include/uapi/linux/blktrace_api.h), in the byte order of the
// machine that wrote it.
constexpr std::size_t kRecord = 48;
constexpr std::uint32_t kMagic = 0x65617400;  // and a version in the lowest byte
constexpr std::uint32_t kQueued = 1;          // in the lower half of the action
constexpr std::uint32_t kRead = 1U << 16;
constexpr std::uint32_t kWrite = 1U << 17;
constexpr std::uint32_t kFlush = 1U << 18;
constexpr std::uint32_t kNotify = 1U << 26;
constexpr std::uint32_t kDiscard = 1U << 29;
constexpr std::uint32_t kForced = 1U << 31;

/// Lines that are looked at to find the format.
constexpr int kLinesLookedAt = 100;

template <class Number>
Number number_at(std::string_view record, std::size_t at, bool swap) {
  std::array<char, sizeof(Number)> bytes{};
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes.at(i) = record[at + (swap ? sizeof(Number) - 1 - i : i)];
  }
  return std::bit_cast<Number>(bytes);
}

/// Whether a record is of the other byte order; nothing if it is no record.
std::optional<bool> order_of(std::string_view record) {
  for (const bool swap : {false, true}) {
    if (record.size() >= 4 && (number_at<std::uint32_t>(record, 0, swap) & 0xffffff00) == kMagic) {
      return swap;
    }
  }
  return {};
}

bool reads(TraceFormat format, std::string_view text) {
  RequestParser parser(format);
  for (int line = 0; line < kLinesLookedAt && !text.empty(); ++line) {
    const auto end = text.find('\n');
    const auto parsed = parser.parse(text.substr(0, end));
    if (!parsed) {
      return false;
    }
    if (*parsed) {
      return true;
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return false;
}

base::Error no_format(const TraceInput& input, std::string_view begin) {
  const auto first = begin.substr(0, std::min(begin.find('\n'), std::size_t{80}));
  std::string names;
  for (const auto& name : trace_format_names()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  std::size_t lines = begin.empty() || begin.back() == '\n' ? 0 : 1;
  for (const auto letter : begin) {
    lines += letter == '\n' ? 1 : 0;
  }
  return {fmt::format("0 of {} lines parsed: line 1 is \"{}\", and none of these formats: {}",
                      lines, base::printable(first), names),
          input.name(), "name the format with --format to see what is wrong with a line"};
}

}  // namespace

std::optional<TraceFormat> detect(std::string_view begin) {
  if (order_of(begin)) {
    return TraceFormat::kBlktrace;
  }
  if (begin.starts_with("fio version 2 iolog")) {
    return TraceFormat::kFio2;
  }
  if (begin.starts_with("fio version 3 iolog")) {
    return TraceFormat::kFio3;
  }
  for (const auto format :
       {TraceFormat::kMsr, TraceFormat::kAlibaba, TraceFormat::kBlkparse, TraceFormat::kMqsim}) {
    if (reads(format, begin)) {
      return format;
    }
  }
  return {};
}

base::Result<TraceReader> TraceReader::open(const std::filesystem::path& path,
                                            std::optional<TraceFormat> format) {
  GANTRY_TRY(auto input, TraceInput::open(path));
  return of(std::move(input), format);
}

base::Result<TraceReader> TraceReader::of(TraceInput input, std::optional<TraceFormat> format) {
  if (!format) {
    GANTRY_TRY(const auto begin, input.peek());
    format = detect(begin);
    if (!format) {
      return no_format(input, begin);
    }
  }
  return TraceReader(std::move(input), *format);
}

base::Error TraceReader::at_line(base::Error error) const {
  error.where = fmt::format("{}:{}", input_.name(), lines_);
  error.what = fmt::format("{} (read as {})", error.what, name_of(format_));
  return error;
}

base::Result<std::optional<Request>> TraceReader::next() {
  for (;;) {
    if (format_ == TraceFormat::kBlktrace) {
      return next_record();
    }
    GANTRY_TRY(const auto line, input_.line());
    if (!line) {
      return std::optional<Request>{};
    }
    ++lines_;
    auto request = parser_.parse(*line);
    if (!request) {
      return at_line(std::move(request).error());
    }
    if (*request) {
      return request;
    }
  }
}

base::Result<std::optional<Request>> TraceReader::next_record() {
  for (;;) {
    GANTRY_TRY(const auto record, input_.take(kRecord));
    if (record.empty()) {
      return std::optional<Request>{};
    }
    ++lines_;
    const auto swap = order_of(record);
    if (record.size() < kRecord || !swap) {
      return at_line({record.size() < kRecord ? "the last record is cut off"
                                              : "the record does not begin with blktrace's magic",
                      "", ""});
    }
    const auto time = number_at<std::uint64_t>(record, 8, *swap);
    const auto sector = number_at<std::uint64_t>(record, 16, *swap);
    const auto bytes = number_at<std::uint32_t>(record, 24, *swap);
    const auto action = number_at<std::uint32_t>(record, 28, *swap);
    const auto skipped = number_at<std::uint16_t>(record, 46, *swap);
    GANTRY_TRY(const auto payload, input_.take(skipped));
    if (payload.size() < skipped) {
      return at_line({"the last record is cut off", "", ""});
    }
    Request request;
    if ((action & 0xffff) != kQueued || (action & kNotify) != 0) {
      continue;
    }
    if ((action & kDiscard) != 0) {
      request.opcode = ssd::Opcode::kTrim;
    } else if ((action & kWrite) != 0 && bytes > 0) {
      request.opcode = ssd::Opcode::kWrite;
      request.force_unit_access = (action & kForced) != 0;
    } else if ((action & kFlush) != 0) {
      request.opcode = ssd::Opcode::kFlush;
    } else if ((action & kRead) == 0) {
      continue;
    }
    if (request.opcode != ssd::Opcode::kFlush) {
      if (sector > kMostOffset / 512) {
        return at_line(
            {fmt::format("the sector {} is beyond {}", sector, kMostOffset / 512), "", ""});
      }
      request.offset = sector * 512;
      request.bytes = bytes;
    }
    auto result = at_time(request, time, 1, first_ticks_);
    if (!result) {
      return at_line(std::move(result).error());
    }
    if (*result) {
      return result;
    }
  }
}

}  // namespace gantry::workload

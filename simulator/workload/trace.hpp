#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "ssd/command.hpp"

namespace gantry::workload {

/// What a line or record of a trace asks for.
struct Request {
  ssd::Nanos time{0};  ///< since the first request
  ssd::Opcode opcode = ssd::Opcode::kRead;
  bool force_unit_access = false;
  std::uint64_t offset = 0;  ///< bytes
  std::uint64_t bytes = 0;   ///< 0 of a flush, and only of that
};

/// No request is longer, and none ends beyond this offset: what says otherwise is malformed.
inline constexpr std::uint64_t kMostRequestBytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t kMostOffset = std::uint64_t{1} << 60;

enum class TraceFormat : std::uint8_t {
  kMsr,       ///< Microsoft Research Cambridge (SNIA IOTTA 388), times in 100 ns
  kAlibaba,   ///< alibaba/block-traces, times in microseconds
  kBlkparse,  ///< the text of blkparse; what was queued (Q)
  kBlktrace,  ///< the binary of blktrace, of one processor or several; what was queued
  kFio2,      ///< iolog version 2 of fio
  kFio3,      ///< iolog version 3 of fio, times in microseconds
  kMqsim,     ///< ASCII traces of MQSim, times in nanoseconds
};

/// Names by which formats are chosen: "msr", "alibaba", ...
std::string_view name_of(TraceFormat format);
std::optional<TraceFormat> format_of(std::string_view name);
std::vector<std::string> trace_format_names();

/// Reads the lines of a text format one after another.
class RequestParser {
 public:
  explicit RequestParser(TraceFormat format) : format_(format) {}

  /// Nothing if the line asks for nothing: a heading, a file that is opened. Errors say what is
  /// wrong with the line, and not where it is.
  base::Result<std::optional<Request>> parse(std::string_view line);

 private:
  using Parsed = base::Result<std::optional<Request>>;
  Parsed parse_msr(std::string_view line);
  Parsed parse_alibaba(std::string_view line);
  Parsed parse_blkparse(std::string_view line);
  Parsed parse_fio(std::string_view line);
  Parsed parse_mqsim(std::string_view line);
  Parsed make(Request request, std::uint64_t ticks, std::uint64_t tick_nanos);

  TraceFormat format_;
  std::uint64_t lines_ = 0;
  std::optional<std::uint64_t> first_ticks_;
  std::uint64_t waited_ = 0;  // of fio 2, microseconds
  bool ended_ = false;        // of blkparse: what follows is the summary
};

/// Checks a request's place; times are counted from those of the first one.
base::Result<std::optional<Request>> at_time(Request request, std::uint64_t ticks,
                                             std::uint64_t tick_nanos,
                                             std::optional<std::uint64_t>& first_ticks);

/// A record of a text format, with its end of line; an error if the format cannot say it.
base::Result<std::string> to_line(const Request& request, TraceFormat format);
/// What such a file begins with.
std::string_view heading(TraceFormat format);

}  // namespace gantry::workload

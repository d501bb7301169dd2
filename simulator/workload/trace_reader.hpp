#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "workload/trace.hpp"
#include "workload/trace_input.hpp"

namespace gantry::workload {

/// Requests of a trace, one after another, in constant memory.
class TraceReader {
 public:
  /// Without a format, that which reads the first requests; if there is none, the error shows the
  /// first line and what was tried.
  static base::Result<TraceReader> open(const std::filesystem::path& path,
                                        std::optional<TraceFormat> format = {});
  static base::Result<TraceReader> of(TraceInput input, std::optional<TraceFormat> format = {});

  TraceFormat format() const { return format_; }
  /// Lines, or records of blktrace, so far.
  std::uint64_t lines() const { return lines_; }
  const std::string& name() const { return input_.name(); }

  /// Nothing at the end. Errors say file and line.
  base::Result<std::optional<Request>> next();

 private:
  TraceReader(TraceInput input, TraceFormat format)
      : input_(std::move(input)), format_(format), parser_(format) {}

  base::Result<std::optional<Request>> next_record();
  base::Error at_line(base::Error error) const;

  TraceInput input_;
  TraceFormat format_;
  RequestParser parser_;
  std::uint64_t lines_ = 0;
  std::optional<std::uint64_t> first_ticks_;  // of blktrace
};

/// The format of a trace that begins so; nothing if no format is like that.
std::optional<TraceFormat> detect(std::string_view begin);

}  // namespace gantry::workload

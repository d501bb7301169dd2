#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/result.hpp"

namespace gantry::workload {

/// The bytes of a trace, from a file or from memory, line by line or so many at a time, in constant
/// memory. Views are good until the next call.
class TraceInput {
 public:
  static constexpr std::size_t kMostLine = std::size_t{1} << 16;

  static base::Result<TraceInput> open(const std::filesystem::path& path);
  /// name is for messages.
  static TraceInput of(std::string text, std::string name);

  const std::string& name() const { return name_; }
  /// Lines, or calls of take(), so far.
  std::uint64_t number() const { return number_; }

  /// What comes next, without taking it: at most kMostLine bytes, fewer only at the end.
  base::Result<std::string_view> peek();
  /// The next line without its end; nothing at the end of the trace.
  base::Result<std::optional<std::string_view>> line();
  /// The next so many bytes, at most kMostLine; fewer at the end of the trace.
  base::Result<std::string_view> take(std::size_t bytes);

 private:
  TraceInput(std::optional<base::Fd> fd, std::string buffer, std::string name)
      : fd_(std::move(fd)), buffer_(std::move(buffer)), name_(std::move(name)) {}

  std::string_view rest() const { return std::string_view(buffer_).substr(at_); }
  base::Result<void> fill();

  std::optional<base::Fd> fd_;  // until its end
  std::string buffer_;
  std::size_t at_ = 0;
  std::string name_;
  std::uint64_t number_ = 0;
};

}  // namespace gantry::workload

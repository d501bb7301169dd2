#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "ssd/command.hpp"
#include "ssd/parameters.hpp"
#include "workload/trace_reader.hpp"

namespace gantry::workload {

struct ReplayOptions {
  std::uint32_t first_page = 0;   ///< of the logical pages that take the place of the device
  std::uint32_t pages = 0;        ///< of them; 0: all from first_page on
  std::uint32_t queue_depth = 0;  ///< as fast as possible, with so many; 0: at the trace's times
  bool wrap = true;               ///< addresses beyond the device begin again at its first; or else
                                  ///< they are errors
};

/// The requests of a trace as commands, whose tags are their numbers from 1. A source for run().
class Replay {
 public:
  Replay(TraceReader reader, const ssd::Parameters& parameters, const ReplayOptions& options,
         ssd::Nanos start = ssd::Nanos{0});

  ssd::Nanos next_time() const;
  ssd::Command take();
  void completed(const ssd::Completion& completion);

  /// What ended the trace before its end, if anything did.
  const std::optional<base::Error>& error() const { return error_; }
  const TraceReader& reader() const { return reader_; }
  std::uint64_t requests() const { return number_; }
  /// Of a command in the trace, from 1.
  static std::uint64_t number_of(const ssd::Command& command) { return command.tag; }

 private:
  void read();
  base::Result<ssd::Command> command_of(const Request& request) const;

  TraceReader reader_;
  ReplayOptions options_;
  std::uint32_t pages_;  // that the trace goes to
  std::uint32_t mapping_bytes_;
  ssd::Nanos start_;
  ssd::Nanos now_;
  std::uint32_t outstanding_ = 0;
  std::uint64_t number_ = 0;
  std::optional<ssd::Command> pending_;
  std::optional<base::Error> error_;
};

}  // namespace gantry::workload

#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <gantry/ssd.h>

#include "base/result.hpp"

namespace gantry::nbd {

/// What clients ask for, as a trace in the text of blkparse, which keeps nanoseconds, trims,
/// flushes and FUA: each request as one that was queued. Places are sectors of 512 bytes; what is
/// not aligned to them is given the sectors that it touches.
class Capture {
 public:
  /// Makes the file anew.
  static base::Result<Capture> create(const std::string& path);

  /// A request at a time in nanoseconds. What cannot be written is close()'s error.
  void record(const gantry_ssd_request& request, std::uint64_t time);

  /// After the last one.
  base::Result<void> close();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Capture(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}

  std::unique_ptr<std::FILE, Closer> file_;
  std::string path_;
  std::uint64_t sequence_ = 0;
  int error_ = 0;  // errno of the first that could not be written
};

}  // namespace gantry::nbd

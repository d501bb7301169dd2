#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "report/latency.hpp"

namespace gantry::report {

/// One direction of a job, as fio reports it.
struct FioDirection {
  std::string name;  ///< "read", "write" or "trim"
  std::uint64_t commands = 0;
  double iops = 0;
  double bytes_per_second = 0;
  Latency completion;  ///< clat_ns: from submission to completion
  Latency whole;       ///< lat_ns: without percentiles
};

/// A job, or a group of them if they were reported together.
struct FioJob {
  std::size_t number = 0;  ///< from 0, in the document
  std::string name;
  std::vector<FioDirection> directions;  ///< those that did something
};

/// What `fio --output-format=json` or json+ writes.
struct FioRun {
  std::string version;  ///< "fio-3.33"
  std::vector<FioJob> jobs;
};

/// Lines of text before the document are skipped: fio puts its warnings there.
base::Result<FioRun> parse_fio_run(std::string_view text, std::string name);

}  // namespace gantry::report

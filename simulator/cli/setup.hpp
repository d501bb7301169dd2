#pragma once

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "cli/workload_options.hpp"
#include "config/description.hpp"
#include "workload/replay.hpp"

namespace gantry::cli {

/// What has decided an output: enough to make it again.
struct Setup {
  std::string device;  ///< its name
  std::string json;    ///< an object
};

/// Options of a replay that have decided its output.
struct ReplaySetup {
  std::string trace;
  std::string space;  ///< a namespace, by number or name; empty: the whole device
  std::uint32_t queue_depth = 0;
  std::string beyond = "wrap";
  std::string fill = "none";
  std::uint64_t until = 0;
};

/// The state that a run has begun with.
struct StateSetup {
  std::string file;  ///< empty: it was a fresh device
  std::uint64_t checksum = 0;
};

/// Of a workload, with its defaults filled in.
Setup setup_of(const config::Description& description, const WorkloadOptions& options,
               const StateSetup& state = {});

/// Of a trace that has been replayed, whose file is read again for its digest.
base::Result<Setup> setup_of(const config::Description& description, const ReplaySetup& options,
                             const workload::Replay& source, const StateSetup& state = {});

}  // namespace gantry::cli

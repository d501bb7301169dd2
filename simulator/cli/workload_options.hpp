#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "config/description.hpp"
#include "workload/driver.hpp"
#include "workload/synthetic.hpp"

namespace gantry::cli {

/// A workload as the command line says it, until it is known what device it is for.
struct WorkloadOptions {
  std::string pattern = "random";
  std::string read = "100%";
  std::string trim = "0%";
  std::string force_unit_access = "0%";
  std::string block_size;  ///< empty: one logical page
  std::string queue_depth = "1";
  std::string think = "0ns";
  std::string rate;
  std::string arrivals;
  std::string burst = "1ms/9ms";
  std::string time;
  std::string warm_up;
  std::string bytes;
  std::string space;  ///< a namespace, by number or name; empty: the whole device
  std::string fill = "none";
  std::uint64_t commands = 0;
  std::uint32_t flush_every = 0;
  std::uint32_t streams = 1;
  std::uint64_t seed = 1;

  /// The option of a name without its dashes that can be varied; null: there is none.
  std::string* find(std::string_view name);
};

void add_workload_options(CLI::App& command, WorkloadOptions& options);

/// The streams, one after another on the queues of the device; errors name the option.
base::Result<std::vector<workload::Stream>> streams_of(const WorkloadOptions& options,
                                                       const config::Description& description);

base::Result<workload::RunOptions> run_options_of(const WorkloadOptions& options,
                                                  const std::vector<workload::Stream>& streams,
                                                  const ssd::Parameters& parameters);

/// A device in the state of its fill option: none, sequential or random. Says so if it may need
/// more memory than there is, for so many such devices, before all of it has been written.
base::Result<std::unique_ptr<ssd::Device>> filled_device(const config::Description& description,
                                                         const std::string& fill,
                                                         std::uint64_t seed, unsigned devices = 1);

}  // namespace gantry::cli

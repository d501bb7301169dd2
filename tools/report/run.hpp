#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/analysis.hpp"
#include "report/device_run.hpp"
#include "report/finding.hpp"
#include "report/fio_run.hpp"
#include "report/time_series.hpp"

namespace gantry::report {

/// What one run of a workload on a device has left, and what follows from it.
struct Run {
  Run(std::string run_name, DeviceRun measured)
      : name(std::move(run_name)),
        device(std::move(measured)),
        analysis(analyse(device.report)),
        finding(
            find_limit(device.report, analysis, setup_of(device.description, device.workload))) {}

  std::string name;
  DeviceRun device;
  TimeSeries series;          ///< may be empty
  std::optional<FioRun> fio;  ///< what fio saw of it
  std::string command;        ///< which makes the run again; may be empty
  Analysis analysis;
  Finding finding;
};

/// One or several runs under a title.
struct RunDocument {
  std::string title;
  std::vector<Run> runs;  ///< at least one; a comparison's first is what the others are compared to
};

}  // namespace gantry::report

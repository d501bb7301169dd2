#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/device_run.hpp"

namespace gantry::report {

/// What is known of a run before it begins, from its workload and the device's description. What
/// they do not say is 0 or empty.
struct RunSetup {
  std::uint64_t depth = 0;  ///< commands under way at a time, at most
  std::string rate;         ///< "2k/s": commands come at times of their own
  std::string think;        ///< "1ms": from the end of a command to the next
  double read = 0;          ///< nanoseconds in the array of a die
  double program = 0;
  double erase = 0;
  double buffer_access = 0;  ///< nanoseconds of a write, once there is room
};

RunSetup setup_of(const std::vector<SettingGroup>& description,
                  const std::vector<Setting>& workload);

/// As if some settings had been others: options of the workload by their names, those of the device
/// by their JSON pointers.
RunSetup setup_of(std::vector<SettingGroup> description, std::vector<Setting> workload,
                  const std::vector<Setting>& others);

}  // namespace gantry::report

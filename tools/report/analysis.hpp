#pragma once

#include <array>
#include <vector>

#include "report/device_run.hpp"

namespace gantry::report {

/// How busy parts of one kind are, from 0 to 1.
struct Spread {
  double least = 0;
  double mean = 0;
  double most = 0;
};

/// Of one kind of commands.
struct OperationRates {
  double iops = 0;
  double bytes_per_second = 0;
};

/// What follows from a device's report by arithmetic.
struct Analysis {
  Spread dies;
  Spread channels;
  double link = 0;  ///< the busier direction, told apart by the bytes read and written
  std::array<double, kParts.size()> shares{};  ///< of all commands' time; zeros if it is not known
  double mean_latency = 0;                     ///< of all commands, nanoseconds
  double under_way = 0;                        ///< commands, on average (Little's law)
  double moved = 0;        ///< share of the pages put into flash that garbage collection moved
  double mean_erases = 0;  ///< of a block
  std::vector<OperationRates> operations;  ///< as those of the report
};

/// What follows from a report.
Analysis analyse(const DeviceReport& report);

/// Shares of the time of commands, of an operation's parts.
std::array<double, kParts.size()> shares_of(const Parts& parts);

}  // namespace gantry::report

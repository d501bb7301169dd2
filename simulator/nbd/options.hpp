#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <gantry/ssd.h>

#include "base/result.hpp"
#include "realtime/clock.hpp"

namespace gantry::nbd {

/// What nbdkit was told about the drive, as KEY=VALUE.
struct Options {
  std::string device;
  std::string json;
  std::string state;
  std::string data_file;
  std::string capture;
  std::string report;
  std::string save_state;
  std::string uri;     ///< what to tell people; empty: nothing
  std::string socket;  ///< to be removed at the end; empty: none
  gantry_ssd_data data = GANTRY_SSD_MEMORY;
  gantry_ssd_fill fill = GANTRY_SSD_FRESH;
  std::uint64_t seed = 1;
  std::optional<realtime::Nanos> transport;  ///< nullopt: estimated
  std::chrono::seconds progress{0};          ///< between two lines of progress; 0: none
};

/// Sets one of them. Paths become absolute, since nbdkit changes its directory.
base::Result<void> set(Options& options, std::string_view key, std::string_view value);

/// What is missing, or does not go together.
base::Result<void> check(const Options& options);

/// A text for `nbdkit --help`, a line for each key.
extern const char* const kOptionsHelp;

}  // namespace gantry::nbd

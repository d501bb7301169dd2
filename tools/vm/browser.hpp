#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/guest.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// A script that is run in a browser of the host, for the pages of a guest.
struct BrowserRun {
  std::filesystem::path script;       ///< a module of Node
  std::vector<PortForward> ports;     ///< with the host's ports
  std::filesystem::path directory;    ///< of this run, for what nobody keeps
  std::filesystem::path log;          ///< what the script and the pages say, appended
  std::filesystem::path record;       ///< the beginning of the names of what is kept
  std::chrono::milliseconds timeout;  ///< of the script
  double timeout_factor = 1;          ///< how much longer pages take
};

/// Runs it to its end with Node, playwright-core and Chromium, which have to be there: nothing is
/// downloaded. A video (.webm), a trace (.zip) and, if it fails, a picture (.png) are kept. Errors
/// name the line of the script, or say how the machine has ended meanwhile.
base::Result<void> run_browser(const BrowserRun& run, Process& machine);

}  // namespace gantry::vm

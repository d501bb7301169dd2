#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace gantry::base {

/// Progress of one piece of work, in bytes. Shown only if the work takes longer than a second: as
/// one bar on a terminal, as a plain line every few seconds in a log.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void advance(std::uint64_t bytes) = 0;
};

/// On standard error: a bar if it is a terminal, plain lines if not. total 0: not known.
std::unique_ptr<Progress> make_progress(std::string label, std::uint64_t total);

/// Shows nothing.
std::unique_ptr<Progress> make_silent_progress();

}  // namespace gantry::base

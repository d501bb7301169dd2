#pragma once

#include <filesystem>

#include "base/file.hpp"
#include "runtime/sandbox.hpp"

namespace gantry::runtime {

/// What the first process of a sandbox needs to know.
struct FirstProcess {
  const std::filesystem::path& root;
  const Program& program;
  Isolation isolation;
  const Capture& capture;
  const HeldSignals& signals;
  std::uint32_t uid;  ///< of the caller, outside
  std::uint32_t gid;
  int report;  ///< a pipe's end: the text of a setup error goes here; closed by exec
};

/// The life of the first process: sets the sandbox up, starts the program, reaps and passes signals
/// on until it ends, and ends with its exit code.
[[noreturn]] void live_as_first_process(const FirstProcess& first);

}  // namespace gantry::runtime

#pragma once

#include <filesystem>
#include <memory>
#include <thread>

#include "base/file.hpp"
#include "base/result.hpp"
#include "vm/machine.hpp"
#include "vm/process.hpp"

namespace gantry::vm {

/// A video of a machine's screen, which ends with this object. A screen that does not change costs
/// nearly nothing, and a host that is busy gets fewer frames to do.
class ScreenRecording {
 public:
  /// Writes it (VP8 in WebM) to path by ffmpeg, which has to be there. The machine has a display
  /// and must outlive this; its monitor can be used by several threads.
  static base::Result<ScreenRecording> start(Machine& machine, const std::filesystem::path& path);

  ScreenRecording(ScreenRecording&&) noexcept = default;
  ScreenRecording& operator=(ScreenRecording&&) = delete;
  ~ScreenRecording();

 private:
  ScreenRecording(std::unique_ptr<Process> encoder, base::Fd frames, Machine& machine);

  std::unique_ptr<Process> encoder_;
  std::jthread thread_;
};

}  // namespace gantry::vm

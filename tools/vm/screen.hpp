#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "vm/frame.hpp"
#include "vm/machine.hpp"
#include "vm/screen_text.hpp"

namespace gantry::vm {

/// Has QEMU write what the screen shows now to path, as "png" or "ppm". An Error if it has none.
base::Result<void> dump_screen(Monitor& monitor, const std::filesystem::path& path,
                               std::string_view format);

/// As dump_screen, to a file of ours, whose name ends in .png or .ppm. directory: for what QEMU
/// writes.
base::Result<void> save_screenshot(Monitor& monitor, const std::filesystem::path& directory,
                                   const std::filesystem::path& path);

/// The screen of a running machine, by its monitor.
class Screen {
 public:
  /// The machine must outlive this. An Error if it has no display.
  static base::Result<Screen> open(Machine& machine);

  /// What it shows now.
  base::Result<Frame> frame();

  /// What can be read of that: VGA's text modes in the font that the guest has loaded, framebuffer
  /// consoles in one that is found in its memory, as Linux' built-in one is.
  base::Result<ScreenText> text(const Frame& frame);

 private:
  explicit Screen(Machine& machine) : machine_(&machine) {}
  base::Result<std::optional<std::uint64_t>> vga_memory();
  base::Result<std::string> physical_memory(std::uint64_t address, std::uint64_t size);

  Machine* machine_;
  std::vector<ScreenFont> fonts_;  ///< of framebuffers, found in the guest's memory
  std::chrono::steady_clock::time_point next_search_;
};

}  // namespace gantry::vm

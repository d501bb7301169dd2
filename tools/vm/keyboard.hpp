#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vm/deadline.hpp"
#include "vm/machine.hpp"

namespace gantry::vm {

/// Keys that are pressed together, by their names in QEMU's monitor (QKeyCode), in their order.
using Chord = std::vector<std::string>;

/// The keys that type a text on a US keyboard; "\n" is Return, "\t" Tab. An Error names the first
/// character that has none.
base::Result<std::vector<Chord>> chords_of(std::string_view text);

/// Keys by their names with '-' between them: "ctrl-alt-f2", "enter", "a", "shift-tab". An Error
/// names the nearest that there is.
base::Result<Chord> parse_chord(std::string_view text);

/// The keyboard of a running machine.
class Keyboard {
 public:
  /// The machine must outlive this.
  explicit Keyboard(Machine& machine) : machine_(&machine) {}

  /// Presses and releases them, and returns when that is done: QEMU drops what comes faster.
  base::Result<void> press(const Chord& chord);

 private:
  Machine* machine_;
};

}  // namespace gantry::vm

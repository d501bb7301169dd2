#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "vm/keyboard.hpp"
#include "vm/pattern.hpp"
#include "vm/screen.hpp"

namespace gantry::vm {

/// What to type on the keyboard of a guest, and what to wait for on its screen, line by line:
///
///   # the boot menu
///   expect GNU GRUB
///   key down
///   change
///   key enter
///   timeout 120
///   expect ^debian login: *$
///   send root
///   ignore 900 0 124 20
///   still 2
///   key ctrl-alt-f2
///
/// "expect" waits for a POSIX extended regular expression in the text that can be read, "change"
/// until the screen shows something else than when the last key was pressed, and "still" until it
/// has been the same for so many seconds. "ignore" leaves out a rectangle (left, top, width,
/// height) from there on, a clock say. "send" types a line, "type" its text alone, "key" presses
/// keys together, and "timeout" sets the seconds that each wait may take (60 at first).
class KeysScript {
 public:
  /// Errors name where and the line.
  static base::Result<KeysScript> parse(std::string_view text, const std::string& where);

  /// Waits are longer by factor. Errors name the line that they are of and quote the screen.
  base::Result<void> run(Machine& machine, double factor) const;

 private:
  struct Expect {
    Pattern pattern;
  };
  struct Press {
    std::vector<Chord> chords;
  };
  struct Change {};
  struct Still {
    std::chrono::milliseconds time;
  };
  using Action = std::variant<Expect, Press, Change, Still>;
  struct Line {
    std::size_t number;
    std::chrono::seconds timeout;
    std::vector<Area> ignored;
    Action action;
  };
  struct Settings {
    std::chrono::seconds timeout;
    std::vector<Area> ignored;
  };
  explicit KeysScript(std::string where) : where_(std::move(where)) {}
  base::Result<void> read_line(std::string_view line, std::size_t number, Settings& settings);

  std::string where_;
  std::vector<Line> lines_;

  friend class KeysRun;
};

}  // namespace gantry::vm

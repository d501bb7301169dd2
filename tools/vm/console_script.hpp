#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "vm/console.hpp"
#include "vm/pattern.hpp"

namespace gantry::vm {

/// What to type on a console, and what to wait for, line by line:
///
///   # the first login
///   expect login: $
///   send root
///   timeout 120
///   expect ^root@.*# $
///   type q
///
/// "expect" waits for a POSIX extended regular expression in what has come since the last one,
/// "send" types a line, "type" its text alone, and "timeout" sets the seconds that each wait may
/// take from there on (60 at first).
class ConsoleScript {
 public:
  /// Errors name where and the line.
  static base::Result<ConsoleScript> parse(std::string_view text, const std::string& where);

  /// Waits are longer by factor. Errors name the line that they are of.
  base::Result<void> run(Console& console, double factor) const;

 private:
  struct Expect {
    Pattern pattern;
  };
  struct Type {
    std::string text;
  };
  struct Line {
    std::size_t number;
    std::chrono::seconds timeout;
    std::variant<Expect, Type> action;
  };
  explicit ConsoleScript(std::string where) : where_(std::move(where)) {}

  std::string where_;
  std::vector<Line> lines_;
};

}  // namespace gantry::vm

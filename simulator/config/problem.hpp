#pragma once

#include <string>

namespace gantry::config {

/// Something that is wrong with a description.
struct Problem {
  std::string pointer;  ///< where, as a JSON pointer (RFC 6901); empty: the whole
  std::string what;     ///< a sentence without a full stop

  bool operator==(const Problem&) const = default;
};

/// "/nand/erase: expected …".
inline std::string to_text(const Problem& problem) {
  return problem.pointer.empty() ? problem.what : problem.pointer + ": " + problem.what;
}

}  // namespace gantry::config

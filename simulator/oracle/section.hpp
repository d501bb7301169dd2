#pragma once

#include <span>
#include <string>
#include <vector>

namespace gantry::oracle {

/// One figure, known and simulated.
struct Row {
  std::string what;
  double low = 0;  ///< what is known: a value, if low and high are the same, or else its bounds
  double high = 0;
  double simulated = 0;
  double tolerance = 0;  ///< relative

  bool is_value() const { return low == high; }
  /// simulated / known - 1; of bounds, by how much it is outside.
  double difference() const;
  bool holds() const;
};

struct Section {
  std::string text;  ///< a paragraph: what is compared with what
  int digits = 3;    ///< after the point
  std::vector<Row> rows;
};

/// A section that can be asked for by its name.
struct Oracle {
  const char* name;
  const char* title;
  Section (*simulate)();
};

/// All of them. They are the same in each run and on each machine.
std::span<const Oracle> oracles();

}  // namespace gantry::oracle

#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace gantry::workload {

/// Pearson's chi-square over the expected counts in standard deviations from its mean: about
/// normal for many cells. Cells are joined until at least 10 are expected in each.
inline double chi_square_deviation(const std::vector<std::uint64_t>& seen,
                                   const std::vector<double>& expected) {
  double sum = 0;
  double cells = 0;
  double counted = 0;
  double due = 0;
  for (std::size_t at = 0; at < seen.size(); ++at) {
    counted += static_cast<double>(seen[at]);
    due += expected[at];
    if (due >= 10) {
      sum += (counted - due) * (counted - due) / due;
      ++cells;
      counted = due = 0;
    }
  }
  const auto freedom = cells - 1;
  return (sum - freedom) / std::sqrt(2 * freedom);
}

}  // namespace gantry::workload

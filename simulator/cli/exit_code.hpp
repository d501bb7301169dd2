#pragma once

namespace gantry::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;  ///< an error, or a check that did not hold
inline constexpr int kUsage = 2;    ///< the command line was wrong

}  // namespace gantry::cli

#pragma once

#include <cstddef>
#include <functional>

#include "base/result.hpp"

namespace gantry::base {

/// Calls body once for every index below count, in ascending order of start, on up to threads
/// threads (0: one per core). After an error no further index is begun; the error of the lowest
/// index is returned, so the outcome does not depend on timing. body must not throw.
Result<void> parallel_for(std::size_t count, unsigned threads,
                          const std::function<Result<void>(std::size_t)>& body);

}  // namespace gantry::base

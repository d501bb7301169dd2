#pragma once

#include <cstddef>

namespace gantry::fio {

/// Jobs may be processes, which fio forks, while their drives are one: from a call of this on, what
/// this library allocates lies in memory that forked processes share, at the same address in each.
/// Until then, and in a process with jobs that are threads, it is ordinary memory.
///
/// That is so for operator new, which is this library's own (it is linked with a C++ library of its
/// own, too), and for anonymous mappings. A private mapping of a file that may be written fails.
bool share_memory();

/// Zeroed memory that forked processes share, whatever share_memory() says; null if there is none.
void* map_shared(std::size_t bytes);

}  // namespace gantry::fio

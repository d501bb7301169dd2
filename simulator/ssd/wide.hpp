#pragma once

namespace gantry::ssd {

/// For products of 64-bit numbers.
__extension__ using Wide = unsigned __int128;

}  // namespace gantry::ssd

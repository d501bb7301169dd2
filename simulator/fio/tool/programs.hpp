#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace gantry::fio {

/// The fio to run: the one that is given, that of Gantry, or that of the machine. It must be of the
/// version that the engine was built for, since it loads it.
base::Result<std::filesystem::path> find_fio(const std::filesystem::path& given);

/// The engine, beside Gantry's programs or installed with them.
base::Result<std::filesystem::path> find_engine();

/// The gantry program, which makes reports.
base::Result<std::filesystem::path> find_gantry();

}  // namespace gantry::fio

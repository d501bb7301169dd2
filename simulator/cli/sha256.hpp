#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gantry::cli {

/// 64 lower-case hexadecimal digits.
std::string sha256(std::string_view text);

/// Of a whole file, in constant memory; empty for what is no regular file, and can be read once
/// only.
base::Result<std::string> sha256_of_file(const std::filesystem::path& path);

}  // namespace gantry::cli

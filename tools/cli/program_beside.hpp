#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace gantry::cli {

/// `gantry WORD` is also said for programs of their own: the program gantry-WORD in the directory
/// of this one, if there is such a program.
std::optional<std::filesystem::path> program_beside(std::string_view word);

/// Runs the program in the place of this one, with the arguments after arguments[0]; returns only
/// with an error.
base::Error become(const std::filesystem::path& program, char** arguments);

}  // namespace gantry::cli

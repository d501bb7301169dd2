#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace gantry::base {

/// A Makefile-syntax dependency file: target, then every input once, sorted. Names that CMake's
/// transformation or a generator cannot carry (quotes, $, #, ; and the like) are replaced by their
/// nearest ancestor directory with a safe name, and reported in unsafe.
struct Depfile {
  std::string text;
  std::vector<std::filesystem::path> unsafe;
};

/// inputs must not be empty: Ninja takes a target without inputs as always dirty.
Depfile make_depfile(const std::filesystem::path& target,
                     std::span<const std::filesystem::path> inputs);

}  // namespace gantry::base

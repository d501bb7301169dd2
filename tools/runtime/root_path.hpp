#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace gantry::runtime {

/// Where a path of an image lies below the directory that it was unpacked into, symbolic links
/// followed as if that were the root, so that none leads out of it. Nothing if there is nothing or
/// if the links go round in a circle. No one else may change the tree meanwhile.
std::optional<std::filesystem::path> find_in_root(const std::filesystem::path& root,
                                                  std::string_view path);

}  // namespace gantry::runtime

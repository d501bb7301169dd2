#pragma once

#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "vm/screen_text.hpp"

namespace gantry::vm {

/// The fonts (fonts_of_memory) that are anywhere in the file that is a guest's memory: a kernel may
/// be at any place of it.
base::Result<std::vector<ScreenFont>> fonts_of_memory_file(const std::filesystem::path& path);

}  // namespace gantry::vm

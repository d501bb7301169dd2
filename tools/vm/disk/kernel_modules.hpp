#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::vm {

/// The files below a kernel's directory of modules (/lib/modules/VERSION), wherever that is.
struct ModuleTree {
  std::vector<std::string> files;
  std::function<base::Result<std::string>(const std::string& file)> read;
};

/// Of a directory of this machine.
base::Result<ModuleTree> modules_in(const std::filesystem::path& directory);

struct KernelModule {
  std::string name;  ///< with underscores
  std::string content;
};

/// The modules with these names and all that they depend on, in the order in which they are to be
/// loaded. A name that no file has is part of the kernel, or not to be had: it is passed over.
base::Result<std::vector<KernelModule>> modules_for(std::span<const std::string_view> names,
                                                    const ModuleTree& tree);

}  // namespace gantry::vm

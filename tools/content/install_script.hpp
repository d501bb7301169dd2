#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "content/cmake_language.hpp"

namespace gantry::content {

/// What one install script (a cmake_install.cmake that CMake 3.25 or later wrote, or a user's own
/// that it includes) does for one component and configuration.
struct InstallRules {
  struct Source {
    std::filesystem::path path;
    bool is_directory = false;               ///< installed with all it holds
    std::vector<std::string> excluded = {};  ///< names below it that are left out
  };
  std::vector<Source> sources;
  std::vector<std::filesystem::path> includes;
  std::vector<std::string> components;  ///< every component that a rule names, of any configuration
};

/// Conditions on anything but the component and the configuration count as true both ways. An
/// empty config means the script's own default.
InstallRules read_install_rules(std::string_view text, std::string_view component,
                                std::string_view config, const CMakeVariables& variables);

/// All that decides what `cmake --install` puts into place for a component.
struct InstallInputs {
  std::vector<std::filesystem::path> scripts;  ///< read, sorted; never empty
  /// Source files that exist, and directories whose entries matter (recursively), sorted.
  std::vector<std::filesystem::path> sources;
  std::vector<std::string> components;  ///< all of the project, sorted, each once
};

/// Follows cmake_install.cmake of build_directory through its includes.
base::Result<InstallInputs> find_install_inputs(const std::filesystem::path& build_directory,
                                                std::string_view component,
                                                std::string_view config);

}  // namespace gantry::content

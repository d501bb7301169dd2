#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.hpp"

namespace gantry::cli {

/// What a command is told that a build system runs.
struct BuildStep {
  std::string spec;     ///< read by with_spec()
  std::string depfile;  ///< empty: none is to be written
};

/// --spec and --depfile.
void add_build_step_options(CLI::App& command, BuildStep& step);

/// The depfile, if one is wanted: that output is made of these files and of this program.
base::Result<void> write_depfile(const BuildStep& step, const std::filesystem::path& output,
                                 std::vector<std::filesystem::path> inputs);

/// The file that a description is in; nothing for the name of a profile, or for no device.
std::vector<std::filesystem::path> files_of_device(const std::string& profile_or_file);

}  // namespace gantry::cli

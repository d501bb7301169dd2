#include "cli/build_step.hpp"

#include <cstdio>
#include <system_error>

#include <fmt/format.h>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace gantry::cli {

void add_build_step_options(CLI::App& command, BuildStep& step) {
  command
      .add_option("--spec", step.spec,
                  "Take options from this file, in lines NAME VALUE: what gantry_add_device_state "
                  "and gantry_add_sweep write")
      ->type_name("FILE");
  command
      .add_option("--depfile", step.depfile, "Write the files that were read, for make or ninja")
      ->type_name("FILE");
}

base::Result<void> write_depfile(const BuildStep& step, const std::filesystem::path& output,
                                 std::vector<std::filesystem::path> inputs) {
  if (step.depfile.empty()) {
    return {};
  }
  std::error_code failure;
  inputs.push_back(std::filesystem::read_symlink("/proc/self/exe", failure));
  const auto depfile = base::make_depfile(output, inputs);
  for (const auto& path : depfile.unsafe) {
    fmt::print(stderr,
               "gantry-ssd: note: a build system cannot be told of {}, whose name has characters "
               "that it takes for its own; its directory stands for it\n",
               base::printable(path.native()));
  }
  return base::write_file(step.depfile, depfile.text);
}

std::vector<std::filesystem::path> files_of_device(const std::string& profile_or_file) {
  if (profile_or_file.find_first_of("/.") == std::string::npos) {
    return {};
  }
  return {profile_or_file};
}

}  // namespace gantry::cli

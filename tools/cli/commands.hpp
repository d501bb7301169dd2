#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/result.hpp"

namespace gantry::cli {

/// What the chosen subcommand does; its value is the exit code (see exit_code.hpp).
using Action = std::function<base::Result<int>()>;

/// What stands behind "--" on the command line, for the commands that run a program. Kept from the
/// parser, which would take an argument "[x]" for a list.
struct ProgramArguments {
  std::vector<std::string> values;
  bool taken = false;  ///< set by the chosen command if it is one of those
};

// One file per subcommand: each adds itself to its parent and, when chosen, stores its action.
void add_image_attach(CLI::App& image, Action& action);
void add_image_base(CLI::App& image, Action& action);
void add_image_build(CLI::App& image, Action& action);
void add_image_diff(CLI::App& image, Action& action);
void add_image_export(CLI::App& image, Action& action);
void add_image_index(CLI::App& image, Action& action);
void add_image_inspect(CLI::App& image, Action& action);
void add_image_layout(CLI::App& image, Action& action);
void add_image_load(CLI::App& image, Action& action);
void add_image_ls(CLI::App& image, Action& action);
void add_image_provenance(CLI::App& image, Action& action);
void add_image_publish(CLI::App& image, Action& action);
void add_image_pull(CLI::App& image, Action& action);
void add_image_referrers(CLI::App& image, Action& action);
void add_image_run(CLI::App& image, ProgramArguments& program, Action& action);
void add_image_sbom(CLI::App& image, Action& action);
void add_image_sign(CLI::App& image, Action& action);
void add_image_stage(CLI::App& image, Action& action);
void add_image_test(CLI::App& image, ProgramArguments& program, Action& action);
void add_image_unpack(CLI::App& image, Action& action);
void add_image_verify(CLI::App& image, Action& action);
void add_image_verify_signature(CLI::App& image, Action& action);
void add_registry_copy(CLI::App& registry, Action& action);
void add_registry_delete(CLI::App& registry, Action& action);
void add_registry_inspect(CLI::App& registry, Action& action);
void add_registry_login(CLI::App& registry, Action& action);
void add_registry_logout(CLI::App& registry, Action& action);
void add_registry_ls(CLI::App& registry, Action& action);
void add_registry_probe(CLI::App& registry, Action& action);
void add_registry_prune(CLI::App& registry, Action& action);
void add_report(CLI::App& root, Action& action);
void add_report_compare(CLI::App& report, Action& action);
void add_report_sweep(CLI::App& report, Action& action);
void add_rootfs_build(CLI::App& rootfs, Action& action);
void add_version(CLI::App& root, Action& action);

}  // namespace gantry::cli

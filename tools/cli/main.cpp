#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/interrupt.hpp"
#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/program.hpp"
#include "cli/program_beside.hpp"
#include "cli/version.hpp"
#include "manual/command.hpp"

namespace gantry::cli {

namespace {

void print_error(const base::Error& error) {
  fmt::print(stderr, "gantry: error: {}{}{}\n", error.where, error.where.empty() ? "" : ": ",
             error.what);
  if (!error.hint.empty()) {
    fmt::print(stderr, "hint: {}\n", error.hint);
  }
}

int run(int argc, char** argv) {
  CLI::App app("Container images as CMake targets: reproducible, incremental, without a daemon",
               "gantry");
  app.set_version_flag("--version", fmt::format("gantry {}", kVersion));
  app.require_subcommand(1);
  Action action;
  ProgramArguments program;
  auto* image = app.add_subcommand("image", "Build, read, check and run container images");
  image->require_subcommand(1);
  add_image_attach(*image, action);
  add_image_base(*image, action);
  add_image_build(*image, action);
  add_image_diff(*image, action);
  add_image_export(*image, action);
  add_image_index(*image, action);
  add_image_inspect(*image, action);
  add_image_layout(*image, action);
  add_image_load(*image, action);
  add_image_ls(*image, action);
  add_image_provenance(*image, action);
  add_image_publish(*image, action);
  add_image_pull(*image, action);
  add_image_referrers(*image, action);
  add_image_run(*image, program, action);
  add_image_sbom(*image, action);
  add_image_sign(*image, action);
  add_image_stage(*image, action);
  add_image_test(*image, program, action);
  add_image_unpack(*image, action);
  add_image_verify(*image, action);
  add_image_verify_signature(*image, action);
  auto* registry = app.add_subcommand("registry", "Work with image registries");
  registry->require_subcommand(1);
  add_registry_copy(*registry, action);
  add_registry_delete(*registry, action);
  add_registry_inspect(*registry, action);
  add_registry_login(*registry, action);
  add_registry_logout(*registry, action);
  add_registry_ls(*registry, action);
  add_registry_probe(*registry, action);
  add_registry_prune(*registry, action);
  add_report(app, action);
  auto* rootfs = app.add_subcommand("rootfs", "Make Debian root file systems for images");
  rootfs->require_subcommand(1);
  add_rootfs_build(*rootfs, action);
  add_version(app, action);
  manual::add_reference(app, program_facts(), action);
  const auto is_first = [&](const CLI::App* command) { return command->check_name(argv[1]); };
  if (argc > 1 && app.get_subcommands(is_first).empty()) {
    if (const auto beside = program_beside(argv[1])) {
      print_error(become(*beside, argv + 1));
      return kFailure;
    }
  }
  char** const end = std::find(argv, argv + argc, std::string_view("--"));
  if (end != argv + argc) {
    program.values.assign(end + 1, argv + argc);
  }
  try {
    app.parse(static_cast<int>(end - argv), argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? kSuccess : kUsage;
  }
  if (!program.taken && !program.values.empty()) {
    fmt::print(stderr, "gantry: error: this command takes nothing after --\n");
    return kUsage;
  }
  base::catch_interrupts();
  const auto result = action();
  if (!result) {
    print_error(result.error());
    return base::interrupted() ? 128 + base::interrupt_signal() : kFailure;
  }
  return *result;
}

}  // namespace

}  // namespace gantry::cli

// What is thrown nevertheless, by an exhausted memory for one, ends in a message too.
int main(int argc, char** argv) {
  try {
    return gantry::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gantry: error: %s\n", error.what());
    return gantry::cli::kFailure;
  }
}

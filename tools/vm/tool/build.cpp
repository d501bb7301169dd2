#include <chrono>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/file.hpp"
#include "vm/builder.hpp"
#include "vm/tool/commands.hpp"

namespace gantry::vm {

namespace {

struct Options {
  std::string spec;
  std::string output;
  std::string accelerator;
  bool quiet = false;
};

base::Result<int> build(const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  GANTRY_TRY(const auto text, base::read_file(options.spec));
  GANTRY_TRY(const auto spec, parse_checkpoint_spec(text, options.spec));
  GANTRY_TRY(const auto store, Store::open(spec.store));
  GANTRY_TRY(const auto report, known_accelerators("x86_64"));
  GANTRY_TRY(const auto platform, platform_of(report, options.accelerator));
  BuildOptions build;
  build.timeout_factor = timeout_factor(report, platform.accelerator);
  GANTRY_TRY(const auto built, build_checkpoint(spec, platform, store, build));
  if (!options.output.empty()) {
    GANTRY_CHECK(base::write_file(options.output, built.checkpoint.key + "\n"));
  }
  if (!options.quiet) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    fmt::print(
        "checkpoint {}: {}, {}\n", spec.name,
        built.cached ? std::string("unchanged") : fmt::format("built in {:.1f} s", took.count()),
        built.checkpoint.key.substr(0, 12));
  }
  return 0;
}

}  // namespace

void add_build(CLI::App& app, Action& action) {
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand(
      "build", "Make a checkpoint, unless one of the same inputs is there already");
  command->add_option("spec", options->spec, "Its description, as gantry_add_checkpoint writes it")
      ->required()
      ->type_name("FILE");
  command->add_option("--output", options->output, "Write its key here")->type_name("FILE");
  command->add_option("--accelerator", options->accelerator, "Not the one that the probe chooses")
      ->check(CLI::IsMember({"kvm", "tcg"}));
  command->add_flag("--quiet", options->quiet, "Say nothing if all is well");
  command->callback([options, &action] { action = [options] { return build(*options); }; });
}

}  // namespace gantry::vm

#include <memory>

#include <fmt/format.h>

#include "base/user_cache_place.hpp"
#include "vm/accelerator_report.hpp"
#include "vm/tool/commands.hpp"

namespace gantry::vm {

base::Result<AcceleratorReport> known_accelerators(const std::string& architecture,
                                                   bool use_cache) {
  ProbeOptions options;
  options.architecture = architecture;
  if (use_cache) {
    GANTRY_TRY(options.cache, base::user_cache_root());
  }
  return probe_accelerators(options);
}

void add_probe(CLI::App& app, Action& action) {
  struct Options {
    std::string architecture = "x86_64";
    bool json = false;
    bool no_cache = false;
  };
  const auto options = std::make_shared<Options>();
  auto* const command = app.add_subcommand(
      "probe", "Find out what runs guests here, by running a small one under each accelerator");
  command->footer(
      "Examples:\n"
      "  gantry vm probe\n"
      "  gantry vm probe --architecture aarch64 --json");
  command->add_option("--architecture", options->architecture, "Of the guest; default: x86_64")
      ->check(CLI::IsMember({"x86_64", "aarch64"}));
  command->add_flag("--json", options->json, "Print a JSON object");
  command->add_flag("--no-cache", options->no_cache, "Do not take what is known since the boot");
  command->callback([options, &action] {
    action = [options]() -> base::Result<int> {
      GANTRY_TRY(const auto report, known_accelerators(options->architecture, !options->no_cache));
      fmt::print("{}", options->json ? report_json(report) : report_text(report));
      return report.chosen() == nullptr ? 1 : 0;
    };
  });
}

}  // namespace gantry::vm

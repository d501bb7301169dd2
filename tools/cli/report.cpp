#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_input.hpp"
#include "cli/report_output.hpp"

namespace gantry::cli {

namespace {

struct Options {
  RunFiles files;
  std::string command;
  ReportOutput output;
};

base::Result<int> make_report(const Options& options) {
  if (options.files.device.empty()) {
    fmt::print(stderr,
               "gantry: error: --device is required: what gantry ssd run --json has printed\n"
               "Run with --help for more information.\n");
    return kUsage;
  }
  GANTRY_TRY(auto run, read_run("run", options.files));
  GANTRY_TRY(run.command, checked_command(options.command));
  run.name = run.device.device;
  GANTRY_TRY(auto title, options.output.title_or(run.device.device));
  report::RunDocument document{std::move(title), {}};
  document.runs.push_back(std::move(run));
  return options.output.put(document);
}

}  // namespace

void add_report(CLI::App& root, Action& action) {
  auto* command =
      root.add_subcommand("report", "Make a report of a simulated drive for people to look at");
  command->footer(
      "The page is one file without scripts that needs no network. The same inputs give the same "
      "bytes. Without --html, --markdown and --json, Markdown is printed.\n\n"
      "Examples:\n"
      "  gantry ssd run --device ref-a --fill random --json --histogram --csv series.csv "
      ">run.json\n"
      "  gantry report --device run.json --series series.csv --html report.html");
  auto options = std::make_shared<Options>();
  command
      ->add_option("--device", options->files.device,
                   "What gantry ssd run --json has printed, or gantry_ssd_report() has given")
      ->type_name("FILE");
  command->add_option("--series", options->files.series, "The time series of the same run (CSV)")
      ->type_name("FILE");
  command
      ->add_option("--fio", options->files.fio,
                   "What fio --output-format=json+ has written of the same run")
      ->type_name("FILE");
  command->add_option("--command", options->command, "The command that makes the run again")
      ->type_name("TEXT");
  options->output.add_to(*command);
  add_report_compare(*command, action);
  add_report_sweep(*command, action);
  command->callback([&action, command, options] {
    if (command->get_subcommands().empty()) {
      action = [options] { return make_report(*options); };
    }
  });
}

}  // namespace gantry::cli

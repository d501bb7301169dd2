#include <filesystem>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "base/depfile.hpp"
#include "base/file.hpp"
#include "cli/commands.hpp"
#include "cli/report_output.hpp"
#include "cli/warning.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::string sweep;
  std::string command;
  std::string depfile;
  ReportOutput output;
};

base::Result<void> write_depfile(const Options& options) {
  if (options.output.html.empty()) {
    return base::Error{"--depfile is of what --html makes, which is not given", "", ""};
  }
  const auto depfile =
      base::make_depfile(options.output.html, std::vector<std::filesystem::path>{options.sweep});
  warn_of_unsafe_names(depfile);
  return base::write_file(options.depfile, depfile.text);
}

base::Result<int> make_report(const Options& options) {
  constexpr std::uint64_t kLargest = std::uint64_t{256} << 20;
  GANTRY_TRY(const auto text, base::read_file(options.sweep, kLargest));
  GANTRY_TRY(auto sweep, report::parse_sweep(text, options.sweep));
  GANTRY_TRY(sweep.command, checked_command(options.command));
  GANTRY_TRY(sweep.title, options.output.title_or(
                              fmt::format("{}: {} variation{}", sweep.device, sweep.points.size(),
                                          sweep.points.size() == 1 ? "" : "s")));
  if (!options.depfile.empty()) {
    GANTRY_CHECK(write_depfile(options));
  }
  return options.output.put(sweep);
}

}  // namespace

void add_report_sweep(CLI::App& report, Action& action) {
  auto* command = report.add_subcommand("sweep", "Make a report of the variations of a device");
  command->footer(
      "Example:\n"
      "  gantry ssd sweep --device ref-a --vary queue-depth=1,8,64 --json >sweep.json\n"
      "  gantry report sweep --sweep sweep.json --html sweep.html");
  auto options = std::make_shared<Options>();
  command->add_option("--sweep", options->sweep, "What gantry ssd sweep --json has printed")
      ->type_name("FILE")
      ->required();
  command->add_option("--command", options->command, "The command that makes the sweep again")
      ->type_name("TEXT");
  options->output.add_to(*command);
  command->add_option("--depfile", options->depfile, "Makefile rules that name every input")
      ->type_name("FILE");
  command->callback([&action, options] { action = [options] { return make_report(*options); }; });
}

}  // namespace gantry::cli

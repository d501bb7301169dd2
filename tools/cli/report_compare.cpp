#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/report_input.hpp"
#include "cli/report_output.hpp"

namespace gantry::cli {

namespace {

constexpr std::size_t kMostRuns = 64;

struct Options {
  std::vector<std::string> runs;
  ReportOutput output;
};

base::Result<int> compare(const Options& options) {
  if (options.runs.size() > kMostRuns) {
    return base::Error{fmt::format("--run is given more than {} times", kMostRuns), "", ""};
  }
  report::RunDocument document;
  for (const auto& text : options.runs) {
    const auto equals = text.find('=');
    const auto name = text.substr(0, equals);
    if (equals == std::string::npos || name.empty() || equals + 1 == text.size()) {
      return base::Error{fmt::format("--run cannot be \"{}\"", base::printable(text)), "",
                         "write NAME=FILE or NAME=DIRECTORY"};
    }
    if (name.size() > 100 || !base::is_utf8(name)) {
      return base::Error{fmt::format("a run cannot be called \"{}\"", base::printable(name)), "",
                         "a name is UTF-8 of at most 100 bytes"};
    }
    if (std::any_of(document.runs.begin(), document.runs.end(),
                    [&](const report::Run& run) { return run.name == name; })) {
      return base::Error{fmt::format("two runs are called \"{}\"", base::printable(name)), "", ""};
    }
    GANTRY_TRY(auto run, read_run(name, text.substr(equals + 1)));
    document.runs.push_back(std::move(run));
  }
  GANTRY_TRY(document.title,
             options.output.title_or(fmt::format("{} runs compared", document.runs.size())));
  return options.output.put(document);
}

}  // namespace

void add_report_compare(CLI::App& report, Action& action) {
  auto* command = report.add_subcommand("compare", "Compare several runs in one report");
  command->footer(
      "The first run is what the others are compared to. A directory has device.json, and may have "
      "series.csv, fio.json and command.txt.\n\n"
      "Example:\n"
      "  gantry report compare --run before=old.json --run after=new.json --html compared.html");
  auto options = std::make_shared<Options>();
  command->add_option("--run", options->runs, "A run: its name, and its JSON or directory")
      ->type_name("NAME=PATH")
      ->required()
      ->allow_extra_args(false);
  options->output.add_to(*command);
  command->callback([&action, options] { action = [options] { return compare(*options); }; });
}

}  // namespace gantry::cli

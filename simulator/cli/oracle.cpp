#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/standard_output.hpp"
#include "oracle/report.hpp"
#include "oracle/section.hpp"

namespace gantry::cli {

namespace {

struct Options {
  std::vector<std::string> names;
  std::string format = "text";
};

nlohmann::ordered_json as_json(const oracle::Oracle& oracle, const oracle::Section& section) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const auto& row : section.rows) {
    rows.push_back({{"what", row.what},
                    {"known", {row.low, row.high}},
                    {"simulated", row.simulated},
                    {"difference", row.difference()},
                    {"allowed", row.tolerance},
                    {"holds", row.holds()}});
  }
  return {{"name", oracle.name}, {"title", oracle.title}, {"rows", rows}};
}

/// Each section is printed as soon as it has been simulated.
base::Result<int> compare(const Options& options) {
  auto document = nlohmann::ordered_json::array();
  bool all_hold = true;
  if (options.format == "markdown") {
    GANTRY_CHECK(print(oracle::markdown_head()));
  }
  for (const auto& known : oracle::oracles()) {
    if (!options.names.empty() &&
        std::find(options.names.begin(), options.names.end(), known.name) == options.names.end()) {
      continue;
    }
    const auto section = known.simulate();
    all_hold = all_hold && std::all_of(section.rows.begin(), section.rows.end(),
                                       [](const auto& row) { return row.holds(); });
    if (options.format == "json") {
      document.push_back(as_json(known, section));
    } else {
      GANTRY_CHECK(print(options.format == "markdown" ? "\n" + oracle::as_markdown(known, section)
                                                      : oracle::as_text(known, section) + "\n"));
    }
  }
  if (options.format == "json") {
    GANTRY_CHECK(print(document.dump(2) + "\n"));
  }
  return all_hold ? kSuccess : kFailure;
}

}  // namespace

void add_oracle(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("oracle", "Compare the simulator with what is known");
  command->footer(
      "Simulates drives whose figures are known, by a formula, by hand or from other simulators. "
      "The exit code is 1 if a figure is off by more than it may be. All takes some two "
      "minutes.\n\n"
      "Example:\n  gantry ssd oracle arithmetic greedy");
  auto options = std::make_shared<Options>();
  std::vector<std::string> names;
  for (const auto& known : oracle::oracles()) {
    names.emplace_back(known.name);
  }
  command->add_option("section", options->names, "Only these")->check(CLI::IsMember(names));
  auto* format = command->add_option("--format", options->format, "text, markdown or json")
                     ->check(CLI::IsMember({"text", "markdown", "json"}))
                     ->capture_default_str();
  command
      ->add_flag_callback(
          "--json", [options] { options->format = "json"; }, "The same as --format json")
      ->excludes(format);
  command->callback([&action, options] { action = [options] { return compare(*options); }; });
}

}  // namespace gantry::cli

#include "cli/spec_option.hpp"

#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "cli/workload_options.hpp"

namespace gantry::cli {

namespace {

constexpr std::string_view kOption = "--spec";
constexpr std::string_view kFirstLine = "gantry-ssd 1";

std::vector<std::string> workload_names() {
  CLI::App app;
  WorkloadOptions options;
  add_workload_options(app, options);
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    const auto& known = option->get_lnames();
    names.insert(names.end(), known.begin(), known.end());
  }
  std::erase(names, "help");
  return names;
}

/// "NAME=VALUE" as an option of a workload.
base::Result<std::string> workload_option(std::string_view text) {
  static const auto kNames = workload_names();
  const auto equals = text.find('=');
  const auto name = std::string(text.substr(0, equals));
  if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
    const auto nearest = base::nearest(name, kNames);
    return base::Error{fmt::format("a workload has no option \"{}\"", base::printable(name)), "",
                       nearest ? fmt::format("did you mean '{}'?", *nearest)
                               : fmt::format("it has {}", base::join(kNames, ", "))};
  }
  if (equals == std::string_view::npos) {
    return base::Error{fmt::format("the option \"{}\" has no value", name), "",
                       fmt::format("write {}=VALUE", name)};
  }
  return "--" + std::string(text);
}

base::Result<void> add_lines(std::string_view text, std::vector<std::string>& arguments) {
  const auto lines = base::split(text, '\n');
  if (lines.front() != kFirstLine) {
    return base::Error{fmt::format("its first line is not \"{}\"", kFirstLine), "",
                       "it was written for another version of gantry-ssd"};
  }
  for (std::size_t at = 1; at < lines.size(); ++at) {
    const auto space = lines[at].find(' ');
    if (space == std::string_view::npos || space + 1 == lines[at].size()) {
      continue;
    }
    const auto name = lines[at].substr(0, space);
    const auto value = lines[at].substr(space + 1);
    if (name == "option") {
      GANTRY_TRY(auto option, workload_option(value));
      arguments.push_back(std::move(option));
    } else {
      arguments.push_back(fmt::format("--{}={}", name, value));
    }
  }
  return {};
}

}  // namespace

base::Result<CommandLine> with_spec(const std::vector<std::string>& arguments) {
  CommandLine line;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    line.arguments.push_back(arguments[at]);
    if (arguments[at] != kOption || at + 1 == arguments.size()) {
      continue;
    }
    line.spec = arguments[++at];
    line.arguments.back() += "=" + line.spec;
    GANTRY_TRY(const auto text, base::read_file(line.spec));
    if (auto added = add_lines(text, line.arguments); !added) {
      added.error().where = line.spec;
      return std::move(added).error();
    }
  }
  return line;
}

}  // namespace gantry::cli

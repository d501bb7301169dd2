#include "fio/tool/reference.hpp"

#include <algorithm>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace gantry::fio {

namespace {

/// A table's cell: one line, and no bar that would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '|' ? "\\" : "";
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

/// CLI11 has "TEXT:{gzip,zstd}" for a value that is one of these.
std::string value_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto open = type.find(":{");
  if (open == std::string::npos || !type.ends_with('}')) {
    return type;
  }
  auto choices = type.substr(open + 2, type.size() - open - 3);
  std::replace(choices.begin(), choices.end(), ',', '|');
  return choices;
}

std::string heading(const CLI::Option& option) {
  if (option.get_positional()) {
    return option.get_type_name();
  }
  auto name = option.get_name(false, true);
  for (auto at = name.find(','); at != std::string::npos; at = name.find(',', at + 2)) {
    name.insert(at + 1, " ");
  }
  const auto value = value_of(option);
  return value.empty() ? name : fmt::format("{} {}", name, value);
}

}  // namespace

std::string markdown_reference(const CLI::App& app) {
  std::string out = fmt::format(
      "# gantry fio\n\n<!-- Written by `gantry fio --reference`; do not edit. -->\n\n{}. "
      "[The guide](../demos.md) says what fio is told, and what it does then.\n\n"
      "```\ngantry fio [OPTIONS] [--] [FIO ARGUMENTS]\n```\n\n| option | meaning |\n|---|---|\n",
      app.get_description());
  for (const auto* const option : app.get_options()) {
    if (!option->get_group().empty()) {
      out +=
          fmt::format("| `{}` | {} |\n", cell(heading(*option)), cell(option->get_description()));
    }
  }
  out += fmt::format("\n```\n{}\n```\n", app.get_footer());
  out +=
      "\n| exit code | meaning |\n|---|---|\n"
      "| `0` | fio has done what it was told, and what was expected holds |\n"
      "| `1` | an error, or an expectation that does not hold |\n"
      "| `2` | the command line was wrong |\n"
      "| `128 + n` | signal `n` has ended it, or fio |\n"
      "\nOtherwise it is fio's own.\n";
  return out;
}

}  // namespace gantry::fio

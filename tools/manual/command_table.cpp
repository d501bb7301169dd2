#include "manual/command_table.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::manual {

namespace {

/// CLI11 writes a list of allowed values into the type's name: "TEXT:{gzip,zstd}", of enumerators
/// "{skip->1}".
std::vector<std::string> read_choices(std::string& argument) {
  const auto open = argument.find(":{");
  if (open == std::string::npos || argument.back() != '}') {
    return {};
  }
  std::vector<std::string> choices;
  const std::string list = argument.substr(open + 2, argument.size() - open - 3);
  for (const auto choice : base::split(list, ',')) {
    choices.emplace_back(choice.substr(0, choice.find("->")));
  }
  argument.resize(open);
  return choices;
}

OptionRow describe_option(const CLI::Option& option) {
  OptionRow row;
  row.positional = option.get_positional();
  row.required = option.get_required();
  row.repeated = option.get_items_expected_max() >= CLI::detail::expected_max_vector_size;
  row.description = option.get_description();
  if (row.positional) {
    row.names = {option.get_name(true, false)};
  } else {
    for (const auto& name : option.get_snames()) {
      row.names.push_back("-" + name);
    }
    for (const auto& name : option.get_lnames()) {
      row.names.push_back("--" + name);
    }
  }
  if (option.get_type_size() != 0) {
    row.argument = option.get_type_name();
    row.choices = read_choices(row.argument);
  }
  return row;
}

}  // namespace

CommandTable describe(const CLI::App& app, const std::string& parent_words) {
  CommandTable table;
  table.name = app.get_name();
  table.words = parent_words.empty() ? table.name : parent_words + " " + table.name;
  table.description = app.get_description();
  table.footer = std::string(base::trim(app.get_footer()));
  for (const auto* option : app.get_options()) {
    if (!option->get_group().empty()) {
      table.options.push_back(describe_option(*option));
    }
  }
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_name().empty() && !command->get_group().empty()) {
      table.commands.push_back(describe(*command, table.words));
    }
  }
  return table;
}

std::vector<const CommandTable*> flatten(const CommandTable& table) {
  std::vector<const CommandTable*> all{&table};
  for (const auto& command : table.commands) {
    const auto below = flatten(command);
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

std::string usage(const CommandTable& table) {
  std::string text = table.words + " [OPTIONS]";
  for (const auto& option : table.options) {
    if (option.positional) {
      const std::string name = option.names.front() + (option.repeated ? "..." : "");
      text += option.required ? " " + name : " [" + name + "]";
    }
  }
  if (!table.commands.empty()) {
    text += " COMMAND";
  }
  return text;
}

}  // namespace gantry::manual

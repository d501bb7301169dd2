#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace gantry::manual {

/// One option or positional argument.
struct OptionRow {
  std::vector<std::string> names;    ///< "--json", "-h"; of a positional, its one name
  std::string argument;              ///< what stands for the value, "FILE"; empty for a flag
  std::vector<std::string> choices;  ///< the only values allowed, if there is such a list
  std::string description;
  bool positional = false;
  bool required = false;
  bool repeated = false;
};

/// A command with its options and the commands below it: what completions, the manual page and the
/// reference are written from.
struct CommandTable {
  std::string name;   ///< "build"
  std::string words;  ///< "gantry image build"
  std::string description;
  std::string footer;
  std::vector<OptionRow> options;
  std::vector<CommandTable> commands;
};

/// Reads the table out of the parser itself, so that no second list can fall behind.
CommandTable describe(const CLI::App& app, const std::string& parent_words = "");

/// The command and all below it, parents first. The pointers live as long as the table.
std::vector<const CommandTable*> flatten(const CommandTable& table);

/// "gantry image ls [OPTIONS] image".
std::string usage(const CommandTable& table);

}  // namespace gantry::manual

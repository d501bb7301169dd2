#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::content {

/// An argument of a CMake command after unescaping.
struct CMakeArgument {
  std::string text;
  bool quoted = false;    ///< "…" or [[…]]: never a keyword or a variable's name
  bool computed = false;  ///< refers to a variable whose value is not known: text is incomplete
};

struct CMakeCommand {
  std::string name;  ///< in lower case
  std::vector<CMakeArgument> arguments;
};

using CMakeVariables = std::map<std::string, std::string, std::less<>>;

/// Splits text in the CMake language (cmake-language(7)) into its commands; parentheses inside a
/// command are arguments of their own. References to the given variables are expanded. What is not
/// CMake language is skipped up to the end of its line: this reads scripts to learn from them, not
/// to judge them.
std::vector<CMakeCommand> read_cmake_commands(std::string_view text,
                                              const CMakeVariables& variables);

}  // namespace gantry::content

#pragma once

#include <string>
#include <vector>

#include "manual/command_table.hpp"

namespace gantry::manual {

/// An exit code or a variable of the environment.
struct Fact {
  std::string name;
  std::string meaning;
};

/// What the parser of a program does not know of it.
struct Program {
  std::string version;
  std::string title;  ///< what follows "The command line" above the reference
  std::vector<Fact> exit_codes;
  std::vector<Fact> environment;
};

/// The manual page, in roff; section 1.
std::string manual_page(const CommandTable& root, const Program& program);

/// The same as Markdown, for docs/reference.
std::string markdown_reference(const CommandTable& root, const Program& program);

}  // namespace gantry::manual

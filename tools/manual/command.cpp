#include "manual/command.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "manual/command_table.hpp"
#include "manual/completion.hpp"

namespace gantry::manual {

namespace {

std::string write_reference(const CLI::App& root, const Program& program,
                            const std::string& format) {
  const CommandTable table = describe(root);
  if (format == "bash") {
    return bash_completion(table);
  }
  if (format == "zsh") {
    return zsh_completion(table);
  }
  if (format == "fish") {
    return fish_completion(table);
  }
  if (format == "man") {
    return manual_page(table, program);
  }
  return markdown_reference(table, program);
}

}  // namespace

void add_reference(CLI::App& root, Program program, Action& action) {
  struct Arguments {
    std::string format;
    std::string output;
  };
  auto* command = root.add_subcommand(
      "reference", "Print this reference as shell completion, manual page or Markdown");
  const std::string name = root.get_name();
  std::string file = name;
  std::replace(file.begin(), file.end(), ' ', '-');
  command->footer(
      fmt::format("Examples:\n"
                  "  {0} reference man | man -l -\n"
                  "  {0} reference bash --output ~/.local/share/bash-completion/completions/{1}",
                  name, file));
  auto arguments = std::make_shared<Arguments>();
  command->add_option("format", arguments->format, "The form to print")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man", "markdown"}));
  command->add_option("--output", arguments->output, "Write here instead of the standard output")
      ->type_name("FILE");
  command->callback([&root, &action, arguments, program = std::move(program)] {
    action = [&root, arguments, program]() -> base::Result<int> {
      const std::string text = write_reference(root, program, arguments->format);
      if (arguments->output.empty()) {
        fmt::print("{}", text);
      } else {
        GANTRY_CHECK(base::write_file(arguments->output, text));
      }
      return 0;
    };
  });
}

}  // namespace gantry::manual

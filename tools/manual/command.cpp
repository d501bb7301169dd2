#include "manual/command.hpp"

#include <memory>
#include <utility>
#include <vector>

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
  const bool completes = root.get_name().find(' ') == std::string::npos;
  auto* command = root.add_subcommand(
      "reference", completes ? "Print this reference as shell completion, manual page or Markdown"
                             : "Print this reference as manual page or Markdown");
  command->footer(completes
                      ? fmt::format("Example:\n  {0} reference bash --output "
                                    "~/.local/share/bash-completion/completions/{0}",
                                    root.get_name())
                      : fmt::format("Example:\n  {} reference man | man -l -", root.get_name()));
  const std::vector<std::string> formats =
      completes ? std::vector<std::string>{"bash", "zsh", "fish", "man", "markdown"}
                : std::vector<std::string>{"man", "markdown"};
  auto arguments = std::make_shared<Arguments>();
  command->add_option("format", arguments->format, "The form to print")
      ->required()
      ->check(CLI::IsMember(formats));
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

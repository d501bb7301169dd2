#include <memory>

#include <fmt/format.h>

#include "base/file.hpp"
#include "cli/command_table.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/exit_code.hpp"
#include "cli/manual.hpp"
#include "cli/version.hpp"

namespace gantry::cli {

namespace {

std::string write_reference(const CLI::App& root, const std::string& format) {
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
    return manual_page(table, kVersion);
  }
  return markdown_reference(table);
}

}  // namespace

void add_reference(CLI::App& root, Action& action) {
  struct Arguments {
    std::string format;
    std::string output;
  };
  auto* command = root.add_subcommand(
      "reference", "Print this reference as shell completion, manual page or Markdown");
  command->footer(
      "Example:\n  gantry reference bash --output "
      "~/.local/share/bash-completion/completions/gantry");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("format", arguments->format, "The form to print")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man", "markdown"}));
  command->add_option("--output", arguments->output, "Write here instead of the standard output")
      ->type_name("FILE");
  command->callback([&root, &action, arguments] {
    action = [&root, arguments]() -> base::Result<int> {
      const std::string text = write_reference(root, arguments->format);
      if (arguments->output.empty()) {
        fmt::print("{}", text);
      } else {
        GANTRY_CHECK(base::write_file(arguments->output, text));
      }
      return kSuccess;
    };
  });
}

}  // namespace gantry::cli

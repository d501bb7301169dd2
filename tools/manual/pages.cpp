#include "manual/pages.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::manual {

namespace {

/// "--output FILE", "-h, --help", "image...".
std::string heading(const OptionRow& option) {
  std::string text = base::join(option.names, ", ");
  if (option.positional) {
    return text + (option.repeated ? "..." : "");
  }
  if (!option.choices.empty()) {
    text += " " + base::join(option.choices, "|");
  } else if (!option.argument.empty()) {
    text += " " + option.argument;
  }
  return text + (option.repeated ? " ..." : "");
}

std::string meaning(const OptionRow& option) {
  std::string text = option.description;
  if (option.positional && !option.choices.empty()) {
    text += ": " + base::join(option.choices, ", ");
  }
  return text + (option.required ? " (required)" : "");
}

std::string roff(std::string_view text) {
  std::string out;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) {
      out += "\\&";
    }
    line_start = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string roff_facts(const std::string& title, const std::vector<Fact>& facts) {
  std::string out = fmt::format(".SH {}\n", title);
  for (const auto& fact : facts) {
    out += fmt::format(".TP\n.B {}\n{}\n", roff(fact.name), roff(fact.meaning));
  }
  return out;
}

std::string roff_options(const CommandTable& command) {
  std::string out;
  for (const auto& option : command.options) {
    out += fmt::format(".TP\n.B {}\n{}\n", roff(heading(option)), roff(meaning(option)));
  }
  return out;
}

/// A table's cell: one line, and no bar that would end it.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') {
      out += '\\';
    }
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_facts(const std::string& title, const std::string& head,
                           const std::vector<Fact>& facts) {
  std::string out = fmt::format("\n## {}\n\n| {} | meaning |\n|---|---|\n", title, head);
  for (const auto& fact : facts) {
    out += fmt::format("| `{}` | {} |\n", fact.name, cell(fact.meaning));
  }
  return out;
}

std::string markdown_command(const CommandTable& command) {
  std::string out = fmt::format("\n## {}\n\n{}\n\n```\n{}\n```\n", command.words,
                                command.description, usage(command));
  if (!command.options.empty()) {
    out += "\n| option | meaning |\n|---|---|\n";
    for (const auto& option : command.options) {
      out += fmt::format("| `{}` | {} |\n", cell(heading(option)), cell(meaning(option)));
    }
  }
  if (!command.footer.empty()) {
    out += fmt::format("\n```\n{}\n```\n", command.footer);
  }
  return out;
}

}  // namespace

std::string manual_page(const CommandTable& root, const Program& program) {
  std::string name = root.name;
  std::replace(name.begin(), name.end(), ' ', '-');
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string out = fmt::format(".TH {} 1 \"\" \"{} {}\" \"User Commands\"\n", upper, name,
                                roff(program.version));
  out += fmt::format(".SH NAME\n{} \\- {}\n", roff(name), roff(root.description));
  out += fmt::format(".SH SYNOPSIS\n.B {}\n", roff(usage(root)));
  out += ".SH OPTIONS\n" + roff_options(root);
  out += ".SH COMMANDS\n";
  for (const auto* command : flatten(root)) {
    if (command == &root) {
      continue;
    }
    out += fmt::format(".SS \"{}\"\n{}\n.PP\n.B {}\n", roff(command->words),
                       roff(command->description), roff(usage(*command)));
    out += roff_options(*command);
    if (!command->footer.empty()) {
      out += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(command->footer));
    }
  }
  out += roff_facts("EXIT STATUS", program.exit_codes);
  out += roff_facts("ENVIRONMENT", program.environment);
  return out;
}

std::string markdown_reference(const CommandTable& root, const Program& program) {
  std::string out = fmt::format(
      "# The command line{}\n\n<!-- Written by `{} reference markdown`; do not edit. -->\n\n{}.\n",
      program.title, root.name, root.description);
  for (const auto* command : flatten(root)) {
    out += markdown_command(*command);
  }
  out += markdown_facts("Exit codes", "code", program.exit_codes);
  out += markdown_facts("Environment", "variable", program.environment);
  return out;
}

}  // namespace gantry::manual

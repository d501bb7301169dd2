#include "cli/manual.hpp"

#include <algorithm>
#include <cctype>
#include <span>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::cli {

namespace {

struct Fact {
  const char* name;
  const char* meaning;
};

constexpr Fact kExitCodes[] = {
    {"0", "success"},
    {"1", "an error, or a check that did not hold"},
    {"2", "the command line was wrong"},
    {"77", "a test that this machine cannot run; the output says why"},
    {"130", "interrupted by Ctrl-C (128 and the signal's number)"},
};

constexpr Fact kEnvironment[] = {
    {"SOURCE_DATE_EPOCH",
     "Seconds since 1970: no file in a layer is younger, and it is the image's creation time."},
    {"GANTRY_CACHE_DIR",
     "The cache of layers and of simulations that all build trees of a user share; empty turns it "
     "off. Default: $XDG_CACHE_HOME/gantry, else ~/.cache/gantry."},
    {"GANTRY_CACHE_SIZE",
     "The bound of either, 10G by default; what was unused longest goes first."},
    {"GANTRY_CA_FILE, GANTRY_CLIENT_CERTIFICATE, GANTRY_CLIENT_KEY",
     "As --ca-file, --client-certificate and --client-key, for the targets of a build too."},
    {"GANTRY_PLAIN_HTTP",
     "Registries without TLS, as HOST[:PORT] with commas between them: as --plain-http for each."},
    {"GANTRY_ENGINE", "docker or podman: which of them images are loaded into."},
    {"GANTRY_KEY_PASSWORD, GANTRY_KEY_PASSWORD_FILE",
     "The password of the key that signs, or the file that holds it."},
};

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

std::string roff_facts(const std::string& title, std::span<const Fact> facts) {
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
                           std::span<const Fact> facts) {
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

std::string manual_page(const CommandTable& root, const std::string& version) {
  std::string upper = root.name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string out =
      fmt::format(".TH {} 1 \"\" \"{} {}\" \"User Commands\"\n", upper, root.name, roff(version));
  out += fmt::format(".SH NAME\n{} \\- {}\n", root.name, roff(root.description));
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
  out += roff_facts("EXIT STATUS", kExitCodes);
  out += roff_facts("ENVIRONMENT", kEnvironment);
  return out;
}

std::string markdown_reference(const CommandTable& root) {
  std::string out = fmt::format(
      "# The command line\n\n<!-- Written by `{} reference markdown`; do not edit. -->\n\n{}.\n",
      root.name, root.description);
  for (const auto* command : flatten(root)) {
    out += markdown_command(*command);
  }
  out += markdown_facts("Exit codes", "code", kExitCodes);
  out += markdown_facts("Environment", "variable", kEnvironment);
  return out;
}

}  // namespace gantry::cli

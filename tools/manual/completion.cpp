#include "manual/completion.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::manual {

namespace {

/// Text inside single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// The first line of a description, which is all that a list of completions has room for.
std::string summary(const std::string& description) {
  return description.substr(0, description.find('\n'));
}

/// Every path of words that names a command below the root, quoted.
std::string quoted_paths(const CommandTable& root, std::string_view separator) {
  std::vector<std::string> paths;
  for (const auto* command : flatten(root)) {
    if (command != &root) {
      paths.push_back(quoted(command->words));
    }
  }
  return base::join(paths, separator);
}

std::vector<std::string> option_names(const CommandTable& command) {
  std::vector<std::string> names;
  for (const auto& option : command.options) {
    if (!option.positional) {
      names.insert(names.end(), option.names.begin(), option.names.end());
    }
  }
  return names;
}

/// What may stand next, options apart: the commands below, and the values of a positional argument.
std::vector<std::string> next_words(const CommandTable& command) {
  std::vector<std::string> words;
  for (const auto& below : command.commands) {
    words.push_back(below.name);
  }
  for (const auto& option : command.options) {
    if (option.positional) {
      words.insert(words.end(), option.choices.begin(), option.choices.end());
    }
  }
  return words;
}

/// "name:description" as zsh's _describe reads it.
std::string zsh_item(const std::string& name, const std::string& description) {
  std::string text = summary(description);
  for (std::size_t at = 0; (at = text.find(':', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return quoted(name + ":" + text);
}

std::string fish_option(const std::string& program, const std::string& at,
                        const OptionRow& option) {
  std::string out = fmt::format("complete -c {} -n {}", program, at);
  for (const auto& name : option.names) {
    out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!option.choices.empty()) {
    out += " -x -a " + quoted(base::join(option.choices, " "));
  } else if (!option.argument.empty()) {
    out += " -r";
  }
  return out + fmt::format(" -d {}\n", quoted(summary(option.description)));
}

}  // namespace

std::string bash_completion(const CommandTable& root) {
  std::string cases;
  std::string values;  // of options that take one of a few
  for (const auto* command : flatten(root)) {
    cases += fmt::format("    {}) words={} options={} ;;\n", quoted(command->words),
                         quoted(base::join(next_words(*command), " ")),
                         quoted(base::join(option_names(*command), " ")));
    for (const auto& option : command->options) {
      if (!option.positional && !option.choices.empty()) {
        for (const auto& name : option.names) {
          values += fmt::format("    {}) words={} ;;\n", quoted(command->words + " " + name),
                                quoted(base::join(option.choices, " ")));
        }
      }
    }
  }
  return fmt::format(R"(# bash completion for {0}
_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path={0} words='' options='' word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$path $word" in
      {1}) path+=" $word" ;;
    esac
  done
  case $path in
{2}  esac
  [[ $current == -* ]] && words=$options
  case "$path ${{COMP_WORDS[COMP_CWORD-1]}}" in
{3}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _{0} {0}
)",
                     root.name, quoted_paths(root, " | "), cases, values);
}

std::string zsh_completion(const CommandTable& root) {
  std::string cases;
  for (const auto* command : flatten(root)) {
    std::string commands;
    for (const auto& below : command->commands) {
      commands += " " + zsh_item(below.name, below.description);
    }
    std::string options;
    for (const auto& option : command->options) {
      if (option.positional) {
        for (const auto& choice : option.choices) {
          commands += " " + zsh_item(choice, option.description);
        }
        continue;
      }
      for (const auto& name : option.names) {
        options += " " + zsh_item(name, option.description);
      }
    }
    cases += fmt::format("    {})\n      commands=({})\n      options=({}) ;;\n",
                         quoted(command->words), base::trim(commands), base::trim(options));
  }
  return fmt::format(R"(#compdef {0}
_{0}() {{
  local so_far={0} word
  local -a commands options
  for word in ${{words[2,CURRENT-1]}}; do
    case "$so_far $word" in
      {1}) so_far+=" $word" ;;
    esac
  done
  case $so_far in
{2}  esac
  if [[ ${{words[CURRENT]}} == -* ]]; then
    _describe option options
  elif (( ${{#commands}} )); then
    _describe command commands
  else
    _files
  fi
}}
_{0} "$@"
)",
                     root.name, quoted_paths(root, " | "), cases);
}

std::string fish_completion(const CommandTable& root) {
  std::string out = fmt::format(R"(# fish completion for {0}
function __{0}_at
    set -l so_far {0}
    for word in (commandline -opc)[2..-1]
        switch "$so_far $word"
            case {1}
                set so_far "$so_far $word"
        end
    end
    test "$so_far" = "$argv"
end
)",
                                root.name, quoted_paths(root, " "));
  for (const auto* command : flatten(root)) {
    const std::string at = quoted(fmt::format("__{}_at {}", root.name, command->words));
    for (const auto& below : command->commands) {
      out += fmt::format("complete -c {} -f -n {} -a {} -d {}\n", root.name, at, below.name,
                         quoted(summary(below.description)));
    }
    for (const auto& option : command->options) {
      if (!option.positional) {
        out += fish_option(root.name, at, option);
      } else if (!option.choices.empty()) {
        out += fmt::format("complete -c {} -f -n {} -a {}\n", root.name, at,
                           quoted(base::join(option.choices, " ")));
      }
    }
  }
  return out;
}

}  // namespace gantry::manual

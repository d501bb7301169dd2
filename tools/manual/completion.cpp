#include "manual/completion.hpp"

#include <algorithm>

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

/// What is typed before any command: "gantry", of "gantry vm" as well.
std::string first_word(const CommandTable& root) {
  return root.name.substr(0, root.name.find(' '));
}

/// "gantry vm" as part of a name of a shell's function, or of a program.
std::string joined(std::string words, char separator) {
  std::replace(words.begin(), words.end(), ' ', separator);
  return words;
}

bool is_beside_another(const CommandTable& root) {
  return root.name.find(' ') != std::string::npos;
}

/// `gantry vm` is a program of its own, gantry-vm, which knows its completions itself.
std::string bash_programs_beside(const std::string& name) {
  return fmt::format(
      R"(  if [[ $path == {0} && $COMP_CWORD -gt 1 && ${{COMP_WORDS[1]}} == [a-z]* ]]; then
    word=_{0}_${{COMP_WORDS[1]}}
    declare -F "$word" >/dev/null ||
      source <("${{COMP_WORDS[0]}}" "${{COMP_WORDS[1]}}" reference bash 2>/dev/null)
    if declare -F "$word" >/dev/null; then
      "$word"
      return
    fi
  fi
)",
      name);
}

std::string zsh_programs_beside(const std::string& name) {
  return fmt::format(
      R"zsh(  if [[ $so_far == {0} && CURRENT -gt 2 && ${{words[2]}} == [a-z]* ]]; then
    word=_{0}_${{words[2]}}
    if (( $+functions[$word] )); then
      $word
      return
    fi
    eval "$(${{words[1]}} ${{words[2]}} reference zsh 2>/dev/null)"
    (( ! $+functions[$word] )) || return
  fi
)zsh",
      name);
}

std::string fish_programs_beside(const std::string& name) {
  return fmt::format(R"(set -l programs $PATH/{0}-*
for program in (string replace -r '^.*/{0}-' '' $programs)
    complete -c {0} -f -n '__{0}_at {0}' -a $program
    {0} $program reference fish 2>/dev/null | source
end
)",
                     name);
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
  const bool beside = is_beside_another(root);
  const std::string more =
      beside ? ""
             : fmt::format(
                   "  [[ $path != {0} ]] || words+=\" $(compgen -c {0}- | sed 's/^{0}-//')\"\n",
                   root.name);
  return fmt::format(R"(# bash completion for {0}
_{4}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} path='{0}' words='' options='' word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$path $word" in
      {1}) path+=" $word" ;;
    esac
  done
{6}  case $path in
{2}  esac
{7}  [[ $current == -* ]] && words=$options
  case "$path ${{COMP_WORDS[COMP_CWORD-1]}}" in
{3}  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _{4} {5}
)",
                     root.name, quoted_paths(root, " | "), cases, values, joined(root.name, '_'),
                     joined(root.name, '-'), beside ? "" : bash_programs_beside(root.name), more);
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
  const bool beside = is_beside_another(root);
  const std::string more =
      beside ? ""
             : fmt::format(
                   "  [[ $so_far != {0} ]] ||\n"
                   "    commands+=(${{${{${{(f)\"$(whence -pm '{0}-*')\"}}:t}}#{0}-}})\n",
                   root.name);
  return fmt::format(R"(#compdef {4}
_{3}() {{
  local so_far='{0}' word
  local -a commands options
  for word in ${{words[2,CURRENT-1]}}; do
    case "$so_far $word" in
      {1}) so_far+=" $word" ;;
    esac
  done
{5}  case $so_far in
{2}  esac
{6}  if [[ ${{words[CURRENT]}} == -* ]]; then
    _describe option options
  elif (( ${{#commands}} )); then
    _describe command commands
  else
    _files
  fi
}}
_{3} "$@"
)",
                     root.name, quoted_paths(root, " | "), cases, joined(root.name, '_'),
                     joined(root.name, '-'), beside ? "" : zsh_programs_beside(root.name), more);
}

std::string fish_completion(const CommandTable& root) {
  const bool beside = is_beside_another(root);
  const auto program = first_word(root);
  const auto name = joined(root.name, '_');
  std::string out =
      fmt::format(R"(# fish completion for {0}
function __{2}_at
{3}    set -l so_far '{0}'
    for word in (commandline -opc)[2..-1]
        switch "$so_far $word"
            case {1}
                set so_far "$so_far $word"
        end
    end
    test "$so_far" = "$argv"
end
)",
                  root.name, quoted_paths(root, " "), name,
                  beside ? fmt::format("    string match -q -- '{} *' (commandline -opc | "
                                       "string join ' ')' '; or return\n",
                                       root.name)
                         : "");
  for (const auto* command : flatten(root)) {
    const std::string at = quoted(fmt::format("__{}_at {}", name, command->words));
    for (const auto& below : command->commands) {
      out += fmt::format("complete -c {} -f -n {} -a {} -d {}\n", program, at, below.name,
                         quoted(summary(below.description)));
    }
    for (const auto& option : command->options) {
      if (!option.positional) {
        out += fish_option(program, at, option);
      } else if (!option.choices.empty()) {
        out += fmt::format("complete -c {} -f -n {} -a {}\n", program, at,
                           quoted(base::join(option.choices, " ")));
      }
    }
  }
  return beside ? out : out + fish_programs_beside(root.name);
}

}  // namespace gantry::manual

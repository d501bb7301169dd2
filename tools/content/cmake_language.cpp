#include "content/cmake_language.hpp"

#include <cctype>
#include <optional>

namespace gantry::content {

namespace {

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Reader {
 public:
  Reader(std::string_view text, const CMakeVariables& variables)
      : rest_(text), variables_(variables) {}

  std::vector<CMakeCommand> read() {
    std::vector<CMakeCommand> commands;
    while (!rest_.empty()) {
      if (is_blank(rest_.front())) {
        rest_.remove_prefix(1);
      } else if (rest_.front() == '#') {
        comment();
      } else if (auto found = command()) {
        commands.push_back(std::move(*found));
      } else {
        skip_line();
      }
    }
    return commands;
  }

 private:
  void skip_line() {
    const auto end = rest_.find('\n');
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

  void comment() {
    rest_.remove_prefix(1);
    if (!bracket()) {
      skip_line();
    }
  }

  std::optional<CMakeCommand> command() {
    CMakeCommand found;
    while (!rest_.empty() && is_name_character(rest_.front())) {
      found.name += static_cast<char>(std::tolower(static_cast<unsigned char>(rest_.front())));
      rest_.remove_prefix(1);
    }
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
    if (found.name.empty() || rest_.empty() || rest_.front() != '(') {
      return std::nullopt;
    }
    rest_.remove_prefix(1);
    arguments(found.arguments);
    return found;
  }

  void arguments(std::vector<CMakeArgument>& into) {
    for (int depth = 1; !rest_.empty();) {
      const char c = rest_.front();
      if (is_blank(c)) {
        rest_.remove_prefix(1);
      } else if (c == '#') {
        comment();
      } else if (c == '(' || c == ')') {
        rest_.remove_prefix(1);
        depth += c == '(' ? 1 : -1;
        if (depth == 0) {
          return;
        }
        into.push_back({.text = std::string(1, c)});
      } else if (c == '"') {
        into.push_back(quoted());
      } else if (auto text = bracket()) {
        into.push_back({.text = std::string(*text), .quoted = true});
      } else {
        unquoted(into);
      }
    }
  }

  /// [==[ … ]==], or nothing if none begins here.
  std::optional<std::string_view> bracket() {
    std::size_t equals = 0;
    while (equals + 1 < rest_.size() && rest_.front() == '[' && rest_[equals + 1] == '=') {
      ++equals;
    }
    if (rest_.empty() || rest_.front() != '[' || equals + 1 >= rest_.size() ||
        rest_[equals + 1] != '[') {
      return std::nullopt;
    }
    const auto end = rest_.find("]" + std::string(equals, '=') + "]", equals + 2);
    auto content = rest_.substr(
        equals + 2, end == std::string_view::npos ? std::string_view::npos : end - equals - 2);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + equals + 2);
    if (content.starts_with('\n')) {
      content.remove_prefix(1);
    }
    return content;
  }

  CMakeArgument quoted() {
    rest_.remove_prefix(1);
    CMakeArgument argument{.text = "", .quoted = true};
    while (!rest_.empty() && rest_.front() != '"') {
      character(argument);
    }
    rest_.remove_prefix(rest_.empty() ? 0 : 1);
    return argument;
  }

  void unquoted(std::vector<CMakeArgument>& into) {
    CMakeArgument argument;
    const auto finish = [&] {
      if (!argument.text.empty() || argument.computed) {
        into.push_back(std::move(argument));
      }
      argument = {};
    };
    while (!rest_.empty() && !is_blank(rest_.front()) &&
           std::string_view("()#\"").find(rest_.front()) == std::string_view::npos) {
      if (rest_.front() == ';') {
        rest_.remove_prefix(1);
        finish();
      } else {
        character(argument);
      }
    }
    finish();
  }

  /// One character, escape sequence or variable reference.
  void character(CMakeArgument& argument) {
    if (rest_.front() == '\\' && rest_.size() > 1) {
      const char c = rest_[1];
      rest_.remove_prefix(2);
      if (c != '\n') {
        argument.text += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
      }
      return;
    }
    if (rest_.starts_with("${") || rest_.starts_with("$ENV{") || rest_.starts_with("$CACHE{")) {
      reference(argument);
      return;
    }
    argument.text += rest_.front();
    rest_.remove_prefix(1);
  }

  void reference(CMakeArgument& argument) {
    const bool is_plain = rest_.starts_with("${");
    rest_.remove_prefix(rest_.find('{') + 1);
    const auto end = rest_.find_first_of("}{$\" \n");
    const auto name = rest_.substr(0, end);
    const auto value = is_plain ? variables_.find(name) : variables_.end();
    const bool is_closed = end != std::string_view::npos && rest_[end] == '}';
    if (is_closed && value != variables_.end()) {
      argument.text += value->second;
    } else {
      argument.computed = true;
    }
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + (is_closed ? 1 : 0));
  }

  std::string_view rest_;
  const CMakeVariables& variables_;
};

}  // namespace

std::vector<CMakeCommand> read_cmake_commands(std::string_view text,
                                              const CMakeVariables& variables) {
  return Reader(text, variables).read();
}

}  // namespace gantry::content

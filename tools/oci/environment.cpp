#include "oci/environment.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

namespace {

bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// The variable name that text begins with; empty if it begins with none.
std::string_view leading_name(std::string_view text) {
  if (text.empty() || !begins_name(text.front())) {
    return {};
  }
  const auto* const end = std::find_if(
      text.begin(), text.end(), [](char c) { return !begins_name(c) && !(c >= '0' && c <= '9'); });
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

bool is_variable(std::string_view item, std::string_view name) {
  return item.starts_with(name) && item.size() > name.size() && item[name.size()] == '=';
}

std::string_view value_of(std::string_view name, std::span<const std::string> environment) {
  for (const auto& item : environment) {
    if (is_variable(item, name)) {
      return std::string_view(item).substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace

base::Result<std::string> expand_variables(std::string_view text,
                                           std::span<const std::string> environment) {
  std::string expanded;
  while (!text.empty()) {
    const auto dollar = std::min(text.find('$'), text.size());
    expanded += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) {
      break;
    }
    const auto rest = text.substr(1);
    if (rest.starts_with('$')) {
      expanded += '$';
      text.remove_prefix(2);
    } else if (rest.starts_with('{')) {
      const auto name = leading_name(rest.substr(1));
      if (name.empty() || !rest.substr(1 + name.size()).starts_with('}')) {
        return base::Error{fmt::format("'{}' is not a variable",
                                       base::printable(text.substr(0, text.find('}') + 1))),
                           "", "write ${NAME}, or $$ for a dollar"};
      }
      expanded += value_of(name, environment);
      text.remove_prefix(name.size() + 3);
    } else if (const auto name = leading_name(rest); !name.empty()) {
      expanded += value_of(name, environment);
      text.remove_prefix(name.size() + 1);
    } else {
      expanded += '$';
      text.remove_prefix(1);
    }
  }
  return expanded;
}

void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value) {
  auto item = fmt::format("{}={}", name, value);
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](const auto& known) { return is_variable(known, name); });
  if (found == environment.end()) {
    environment.push_back(std::move(item));
  } else {
    *found = std::move(item);
  }
}

}  // namespace gantry::oci

#include "vm/spec_lines.hpp"

#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

Result<void> read_line(std::string_view line, const SpecKeys& keys) {
  const auto blank = line.find(' ');
  const auto key = line.substr(0, blank);
  const auto set = keys.find(key);
  if (set == keys.end()) {
    std::vector<std::string> known;
    for (const auto& [name, unused] : keys) {
      known.push_back(name);
    }
    const auto near = base::nearest(key, known);
    return base::Error{fmt::format("unknown key '{}'", base::printable(key)), "",
                       near ? fmt::format("did you mean '{}'?", *near)
                            : fmt::format("known are {}", base::join(known, ", "))};
  }
  return set->second(blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1));
}

}  // namespace

Result<void> read_spec(std::string_view text, std::string_view first_line, const SpecKeys& keys,
                       const std::string& where) {
  std::size_t number = 0;
  for (const auto line : base::split(text, '\n')) {
    ++number;
    Result<void> read;
    if (number == 1) {
      read = line == first_line ? Result<void>() : wrong_value(line, first_line);
    } else if (!line.empty()) {
      read = read_line(line, keys);
    }
    if (!read) {
      read.error().where = fmt::format("{}:{}", where, number);
      return read;
    }
  }
  return {};
}

Result<std::uint16_t> parse_guest_port(std::string_view text) {
  const auto number = base::parse_unsigned(text);
  if (!number || *number == 0 || *number > 65535) {
    return wrong_value(text, "a port (1 to 65535)");
  }
  return static_cast<std::uint16_t>(*number);
}

base::Error wrong_value(std::string_view value, std::string_view what) {
  return {fmt::format("'{}' is not {}", base::printable(value), what), "", ""};
}

}  // namespace gantry::vm

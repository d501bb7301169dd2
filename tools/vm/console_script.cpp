#include "vm/console_script.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

namespace {

constexpr std::chrono::seconds kTimeout{60};
constexpr std::uint64_t kLongestTimeout = 24 * 3600;

}  // namespace

Result<ConsoleScript> ConsoleScript::parse(std::string_view text, const std::string& where) {
  ConsoleScript script(where);
  std::size_t number = 0;
  auto timeout = kTimeout;
  for (const auto line : base::split(text, '\n')) {
    ++number;
    const auto trimmed = base::trim(line);
    if (trimmed.empty() || trimmed.starts_with('#')) {
      continue;
    }
    const auto blank = line.find(' ');
    const auto word = base::trim(line.substr(0, blank));
    const auto rest = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
    const auto here = fmt::format("{}:{}", where, number);
    if (word == "expect") {
      auto pattern = Pattern::compile(rest);
      if (!pattern) {
        pattern.error().where = here;
        return pattern.error();
      }
      script.lines_.push_back({number, timeout, Expect{*std::move(pattern)}});
    } else if (word == "send") {
      script.lines_.push_back({number, timeout, Type{std::string(rest) + "\n"}});
    } else if (word == "type") {
      script.lines_.push_back({number, timeout, Type{std::string(rest)}});
    } else if (word == "timeout") {
      const auto seconds = base::parse_unsigned(base::trim(rest));
      if (!seconds || *seconds == 0 || *seconds > kLongestTimeout) {
        return base::Error{
            fmt::format("'{}' is not a number of seconds (1 to 86400)", base::printable(rest)),
            here, ""};
      }
      timeout = std::chrono::seconds(*seconds);
    } else {
      return base::Error{fmt::format("'{}' is nothing to do on a console", base::printable(word)),
                         here, "known are expect, send, type and timeout"};
    }
  }
  return script;
}

Result<void> ConsoleScript::run(Console& console, double factor) const {
  for (const auto& line : lines_) {
    const auto deadline =
        after(std::chrono::duration_cast<std::chrono::milliseconds>(line.timeout * factor));
    Result<void> done;
    if (const auto* const expect = std::get_if<Expect>(&line.action)) {
      if (auto match = console.expect(expect->pattern, deadline); !match) {
        done = match.error();
      }
    } else {
      done = console.send(std::get<Type>(line.action).text, deadline);
    }
    if (!done) {
      done.error().where = fmt::format("{}:{}", where_, line.number);
      return done;
    }
  }
  return {};
}

}  // namespace gantry::vm

#include "vm/pattern.hpp"

#include <array>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::vm {

using base::Result;

void Pattern::Free::operator()(regex_t* regex) const {
  regfree(regex);
  delete regex;
}

Result<Pattern> Pattern::compile(std::string_view text) {
  auto fresh = std::make_unique<regex_t>();
  std::string copy(text);
  if (const int code = regcomp(fresh.get(), copy.c_str(), REG_EXTENDED | REG_NEWLINE); code != 0) {
    std::array<char, 200> why{};
    regerror(code, fresh.get(), why.data(), why.size());
    return base::Error{
        fmt::format("'{}' is no regular expression: {}", base::printable(text), why.data()), "",
        "POSIX extended ones are meant, as of grep -E"};
  }
  return Pattern(std::unique_ptr<regex_t, Free>(fresh.release()), std::move(copy));
}

std::optional<std::pair<std::size_t, std::size_t>> Pattern::find(std::string_view text) const {
  regmatch_t match{};
  match.rm_so = 0;
  match.rm_eo = static_cast<regoff_t>(text.size());
  if (regexec(regex_.get(), text.data(), 1, &match, REG_STARTEND) != 0) {
    return std::nullopt;
  }
  return std::pair(static_cast<std::size_t>(match.rm_so), static_cast<std::size_t>(match.rm_eo));
}

}  // namespace gantry::vm

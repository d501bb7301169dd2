#include "oci/healthcheck.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::oci {

namespace {

struct Unit {
  std::string_view name;
  double nanoseconds;
};

constexpr std::array<Unit, 6> kUnits = {
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};

constexpr double kLongest = 100.0 * 365 * 24 * 3600e9;

std::optional<double> factor_of(std::string_view name) {
  for (const auto& unit : kUnits) {
    if (unit.name == name) {
      return unit.nanoseconds;
    }
  }
  return std::nullopt;
}

base::Error not_a_duration(std::string_view text) {
  return {fmt::format("'{}' is not a duration", base::printable(text)), "",
          "a duration is a number with its unit, for example 30s, 1m30s or 500ms"};
}

/// Sets the option that token names; false if token is no option.
base::Result<bool> set_option(Healthcheck& check, std::string_view token) {
  if (!token.starts_with("--")) {
    return false;
  }
  const auto name = token.substr(0, token.find('='));
  const auto value = name.size() < token.size() ? token.substr(name.size() + 1) : "";
  if (name == "--retries") {
    const auto retries = base::parse_unsigned(value);
    if (!retries || *retries == 0 || *retries > 1'000'000) {
      return base::Error{fmt::format("'{}' is not a number of retries", base::printable(value)), "",
                         "--retries takes a number from 1, for example --retries=3"};
    }
    check.retries = static_cast<std::int64_t>(*retries);
    return true;
  }
  std::int64_t* const duration = name == "--interval"       ? &check.interval
                                 : name == "--timeout"      ? &check.timeout
                                 : name == "--start-period" ? &check.start_period
                                                            : nullptr;
  if (duration == nullptr) {
    const std::vector<std::string> known = {"--interval", "--retries", "--start-period",
                                            "--timeout"};
    const auto near = base::nearest(name, known);
    return base::Error{fmt::format("a health check has no option '{}'", base::printable(name)), "",
                       near ? fmt::format("did you mean '{}'?", *near)
                            : fmt::format("the options are {}", base::join(known, ", "))};
  }
  GANTRY_TRY(*duration, parse_duration(value));
  return true;
}

}  // namespace

base::Result<std::int64_t> parse_duration(std::string_view text) {
  double total = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    double number = 0;
    const auto digits = rest.substr(0, rest.find_first_not_of("0123456789."));
    const auto* const end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, number);
    if (digits.empty() || failure != std::errc{} || stop != end) {
      return not_a_duration(text);
    }
    rest.remove_prefix(digits.size());
    const auto name = rest.substr(0, rest.find_first_of("0123456789."));
    const auto factor = factor_of(name);
    if (!factor) {
      return not_a_duration(text);
    }
    rest.remove_prefix(name.size());
    total += number * *factor;
  }
  if (text.empty() || !(total <= kLongest)) {
    return not_a_duration(text);
  }
  return static_cast<std::int64_t>(total);
}

base::Result<Healthcheck> parse_healthcheck(std::span<const std::string> tokens) {
  Healthcheck check;
  std::size_t next = 0;
  while (next < tokens.size()) {
    GANTRY_TRY(const bool is_option, set_option(check, tokens[next]));
    if (!is_option) {
      break;
    }
    ++next;
  }
  const auto command = tokens.subspan(next);
  if (command.empty()) {
    return base::Error{"the health check has no command", "",
                       "give the program and its arguments after the options, or NONE"};
  }
  if (command.front() == "NONE") {
    if (tokens.size() > 1) {
      return base::Error{"a health check of NONE takes neither options nor arguments", "", ""};
    }
    check.test = {"NONE"};
    return check;
  }
  check.test = {"CMD"};
  check.test.insert(check.test.end(), command.begin(), command.end());
  return check;
}

}  // namespace gantry::oci

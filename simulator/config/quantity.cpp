#include "config/quantity.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "ssd/wide.hpp"

namespace gantry::config {

namespace {

using ssd::Wide;

struct Unit {
  std::string_view name;
  std::uint64_t scale;
};

constexpr std::string_view kUnlimited = "unlimited";

// The longest numbers are far from overflow: 10^24 of 2^40 is below 2^127.
constexpr std::size_t kMostDigits = 24;

constexpr Unit kTimes[] = {{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}};
constexpr Unit kSizes[] = {{"TiB", std::uint64_t{1} << 40},
                           {"TB", 1'000'000'000'000},
                           {"GiB", std::uint64_t{1} << 30},
                           {"GB", 1'000'000'000},
                           {"MiB", 1 << 20},
                           {"MB", 1'000'000},
                           {"KiB", 1 << 10},
                           {"kB", 1'000},
                           {"B", 1}};
constexpr Unit kRates[] = {{"TiB/s", std::uint64_t{1} << 40},
                           {"TB/s", 1'000'000'000'000},
                           {"GiB/s", std::uint64_t{1} << 30},
                           {"GB/s", 1'000'000'000},
                           {"MiB/s", 1 << 20},
                           {"MB/s", 1'000'000},
                           {"KiB/s", 1 << 10},
                           {"kB/s", 1'000},
                           {"B/s", 1}};
constexpr Unit kShares[] = {{"%", 10'000}};
constexpr Unit kEnergies[] = {
    {"J", 1'000'000'000'000}, {"mJ", 1'000'000'000}, {"uJ", 1'000'000}, {"nJ", 1'000}, {"pJ", 1}};
constexpr Unit kPowers[] = {{"W", 1'000'000}, {"mW", 1'000}, {"uW", 1}};

std::span<const Unit> units(Measure measure) {
  switch (measure) {
    case Measure::kTime:
      return kTimes;
    case Measure::kSize:
      return kSizes;
    case Measure::kRate:
      return kRates;
    case Measure::kEnergy:
      return kEnergies;
    case Measure::kPower:
      return kPowers;
    case Measure::kShare:
      break;
  }
  return kShares;
}

std::string unit_names(Measure measure) {
  std::vector<std::string> names;
  for (const auto& unit : units(measure)) {
    names.emplace_back(unit.name);
  }
  std::reverse(names.begin(), names.end());
  return base::join(names, ", ");
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The part of text up to the first character that is no digit; text goes on behind it.
std::string_view take_digits(std::string_view& text) {
  const auto* const end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

base::Error error(std::string what) {
  return {std::move(what), "", ""};
}

}  // namespace

base::Result<std::uint64_t> parse_quantity(std::string_view text, Measure measure) {
  if (measure == Measure::kRate && text == kUnlimited) {
    return std::uint64_t{0};
  }
  auto rest = text;
  const auto whole = take_digits(rest);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    if (fraction.empty()) {
      return error("it has no digit after the point");
    }
  }
  if (whole.empty()) {
    return error("it does not begin with a number");
  }
  const auto all = units(measure);
  const auto unit =
      std::find_if(all.begin(), all.end(), [&](const Unit& one) { return one.name == rest; });
  if (unit == all.end()) {
    return error(fmt::format("its unit is none of {}", unit_names(measure)));
  }
  if (whole.size() + fraction.size() > kMostDigits) {
    return error(fmt::format("it has more than {} digits", kMostDigits));
  }
  Wide number = 0;
  Wide divisor = 1;
  for (const char digit : whole) {
    number = number * 10 + static_cast<unsigned>(digit - '0');
  }
  for (const char digit : fraction) {
    number = number * 10 + static_cast<unsigned>(digit - '0');
    divisor *= 10;
  }
  if (number == 0 && measure == Measure::kRate) {
    return error(fmt::format("it is zero; what takes no time is \"{}\"", kUnlimited));
  }
  number *= unit->scale;
  if (number % divisor != 0) {
    return error(measure == Measure::kShare
                     ? std::string("it has more than 4 decimals")
                     : fmt::format("it is no whole number of {}", all.back().name));
  }
  number /= divisor;
  if (number > std::numeric_limits<std::uint64_t>::max()) {
    return error("it is too large");
  }
  return static_cast<std::uint64_t>(number);
}

std::string format_quantity(std::uint64_t value, Measure measure) {
  if (measure == Measure::kRate && value == 0) {
    return std::string(kUnlimited);
  }
  const auto all = units(measure);
  for (const auto& unit : all) {
    // Decimals only of decimal units: 0.001 KiB is nothing that anybody would write.
    const bool is_decimal = unit.scale % 10 == 0;
    const std::uint64_t decimals = measure == Measure::kShare ? 10'000 : 1'000;
    const auto step = is_decimal ? std::max<std::uint64_t>(unit.scale / decimals, 1) : unit.scale;
    if (value >= unit.scale && value % step == 0 && value / unit.scale < 10'000) {
      auto text = fmt::format("{}", value / unit.scale);
      if (const auto rest = value % unit.scale; rest != 0) {
        const auto width = fmt::format("{}", unit.scale / step).size() - 1;
        auto fraction = fmt::format("{:0{}}", rest / step, width);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        text += "." + fraction;
      }
      return text + std::string(unit.name);
    }
  }
  if (measure == Measure::kShare) {
    auto text = fmt::format("{}.{:04}", value / 10'000, value % 10'000);
    text.erase(text.find_last_not_of('0') + 1);
    return (text.back() == '.' ? text.substr(0, text.size() - 1) : text) + "%";
  }
  return fmt::format("{}{}", value, all.back().name);
}

std::string quantity_pattern(Measure measure) {
  std::vector<std::string> names;
  for (const auto& unit : units(measure)) {
    names.emplace_back(unit.name);
  }
  const auto pattern = fmt::format("[0-9]+(\\.[0-9]+)?({})", base::join(names, "|"));
  return measure == Measure::kRate ? fmt::format("^({}|{})$", pattern, kUnlimited)
                                   : fmt::format("^{}$", pattern);
}

}  // namespace gantry::config

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace gantry::base {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const auto end = text.find(separator, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) {
      return parts;
    }
    begin = end + 1;
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts.begin(), parts.end(), separator));
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text, int radix) {
  std::uint64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, value, radix);
  if (failure != std::errc{} || rest != end || text.empty()) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::uint64_t> parse_byte_size(std::string_view text) {
  const auto digits = text.find_first_not_of("0123456789.");
  const auto number = text.substr(0, digits);
  auto unit = digits == std::string_view::npos ? std::string_view{} : text.substr(digits);
  constexpr std::string_view kPrefixes = "KMGTP";
  int shift = 0;
  if (!unit.empty() && unit != "B") {
    const auto prefix = kPrefixes.find(static_cast<char>(std::toupper(unit.front())));
    const auto rest = unit.substr(1);
    if (prefix == std::string_view::npos || !(rest.empty() || rest == "B" || rest == "iB")) {
      return std::nullopt;
    }
    shift = static_cast<int>(prefix + 1) * 10;
  }
  double value = 0;
  const auto [rest, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (failure != std::errc{} || rest != number.data() + number.size() || number.empty()) {
    return std::nullopt;
  }
  const double bytes = std::ldexp(value, shift);
  if (bytes >= 0x1p63) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(bytes);
}

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) {
    return fmt::format("{} B", bytes);
  }
  constexpr std::array kUnits = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, kUnits.at(unit));
}

namespace {

/// Two neighbouring letters that have changed places are one edit too (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  auto former = row;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const auto before = std::exchange(former, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({former[j] + 1, row[j - 1] + 1, former[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = parse_unsigned(text.substr(2 * i, 2), 16);
    if (!value) {
      return std::nullopt;
    }
    bytes[i] = static_cast<std::uint8_t>(*value);
  }
  return bytes;
}

namespace {

/// Bytes in the UTF-8 sequence that text begins with; 0 if it begins with none.
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) {
      return 0;
    }
  }
  const bool overlong_or_surrogate =
      (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xED && at(1) > 0x9F) ||
      (lead == 0xF0 && at(1) < 0x90) || (lead == 0xF4 && at(1) > 0x8F);
  return overlong_or_surrogate ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

Character first_character(std::string_view text) {
  const auto length = utf8_length(text);
  if (length == 0) {
    return {text.substr(0, 1), Character::Kind::kBroken};
  }
  std::uint32_t code = static_cast<unsigned char>(text[0]) & (0xFFU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    code = code << 6 | (static_cast<unsigned char>(text[at]) & 0x3FU);
  }
  const auto within = [&](std::uint32_t first, std::uint32_t last) {
    return code >= first && code <= last;
  };
  const bool is_control = code < 0x20 || within(0x7F, 0x9F) || code == 0x061C ||
                          within(0x200E, 0x200F) || within(0x2028, 0x202E) ||
                          within(0x2066, 0x2069);
  return {text.substr(0, length),
          is_control ? Character::Kind::kControl : Character::Kind::kOrdinary};
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto character = first_character(text);
    if (character.kind == Character::Kind::kOrdinary) {
      out += character.bytes;
    } else {
      for (const char byte : character.bytes) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      }
    }
    text.remove_prefix(character.bytes.size());
  }
  return out;
}

std::string format_time(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm fields{};
  gmtime_r(&time, &fields);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", fields.tm_year + 1900,
                     fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min,
                     fields.tm_sec);
}

namespace {

/// The number that the first count characters of text are, which are taken off it; nothing if they
/// are not all digits.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  const auto digits = text.substr(0, count);
  if (digits.size() != count || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(count);
  return static_cast<int>(*parse_unsigned(digits));
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// "Z", "+01:30", "-08:00", in seconds.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (take(text, "Zz")) {
    return 0;
  }
  const bool negative = text.starts_with('-');
  if (!take(text, "+-")) {
    return std::nullopt;
  }
  const auto hours = take_digits(text, 2);
  const bool colon = take(text, ":");
  const auto minutes = take_digits(text, 2);
  if (!hours || !colon || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const std::int64_t offset = (std::int64_t{*hours} * 60 + *minutes) * 60;
  return negative ? -offset : offset;
}

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view text) {
  struct Field {
    std::size_t digits;
    std::string_view end;  ///< what must follow it; empty: nothing is taken
  };
  constexpr std::array<Field, 6> kFields = {
      {{4, "-"}, {2, "-"}, {2, "Tt"}, {2, ":"}, {2, ":"}, {2, ""}}};
  std::array<int, 6> values{};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const auto value = take_digits(text, kFields[i].digits);
    if (!value || (!kFields[i].end.empty() && !take(text, kFields[i].end))) {
      return std::nullopt;
    }
    values[i] = *value;
  }
  if (take(text, ".")) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) {
      return std::nullopt;
    }
    text.remove_prefix(digits);
  }
  const auto offset = take_offset(text);
  const auto [year, month, day, hour, minute, second] = values;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  // 60 is a leap second; the clock counts it as the first second of the next minute.
  if (!offset || !text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second - *offset;
}

}  // namespace gantry::base

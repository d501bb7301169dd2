#include "content/semantic_version.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::content {

namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Digits without a leading zero, within 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  if (!is_digits(text) || (text.size() > 1 && text.front() == '0') ||
      std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) {
    return std::nullopt;
  }
  return number;
}

/// Dot-separated identifiers of [0-9A-Za-z-]; as a pre-release, numbers have no leading zero.
bool are_identifiers(std::string_view text, bool is_prerelease) {
  const auto parts = base::split(text, '.');
  return std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
    const bool has_leading_zero = part.size() > 1 && part.front() == '0' && is_digits(part);
    return !part.empty() && !(is_prerelease && has_leading_zero) &&
           part.find_first_not_of(
               "0123456789-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
               std::string_view::npos;
  });
}

/// Numbers by value, below all words; words by their bytes.
std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
  if (is_digits(a) != is_digits(b)) {
    return is_digits(a) ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (is_digits(a) && a.size() != b.size()) {
    return a.size() <=> b.size();
  }
  return a.compare(b) <=> 0;
}

std::strong_ordering compare_prereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) {
    return a.empty() <=> b.empty();  // a release is above its pre-releases
  }
  const auto left = base::split(a, '.');
  const auto right = base::split(b, '.');
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(),
                                                right.end(), compare_identifiers);
}

}  // namespace

std::optional<SemanticVersion> SemanticVersion::parse(std::string_view text) {
  SemanticVersion version;
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    version.build = text.substr(plus + 1);
    if (!are_identifiers(version.build, false)) {
      return std::nullopt;
    }
    text = text.substr(0, plus);
  }
  if (const auto hyphen = text.find('-'); hyphen != std::string_view::npos) {
    version.prerelease = text.substr(hyphen + 1);
    if (!are_identifiers(version.prerelease, true)) {
      return std::nullopt;
    }
    text = text.substr(0, hyphen);
  }
  const auto parts = base::split(text, '.');
  if (parts.size() != 3) {
    return std::nullopt;
  }
  const auto major = parse_number(parts[0]);
  const auto minor = parse_number(parts[1]);
  const auto patch = parse_number(parts[2]);
  if (!major || !minor || !patch) {
    return std::nullopt;
  }
  version.major = *major;
  version.minor = *minor;
  version.patch = *patch;
  return version;
}

std::string SemanticVersion::text() const {
  return fmt::format("{}.{}.{}{}{}{}{}", major, minor, patch, prerelease.empty() ? "" : "-",
                     prerelease, build.empty() ? "" : "+", build);
}

std::strong_ordering SemanticVersion::operator<=>(const SemanticVersion& other) const {
  if (const auto order = major <=> other.major; order != 0) {
    return order;
  }
  if (const auto order = minor <=> other.minor; order != 0) {
    return order;
  }
  if (const auto order = patch <=> other.patch; order != 0) {
    return order;
  }
  return compare_prereleases(prerelease, other.prerelease);
}

}  // namespace gantry::content

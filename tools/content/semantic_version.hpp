#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::content {

/// A version as https://semver.org/spec/v2.0.0.html has it. Ordered by precedence (section 11),
/// which build metadata has no part in.
struct SemanticVersion {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string prerelease;  ///< without its hyphen; empty: a release
  std::string build;       ///< without its plus

  /// Nothing unless all of the text is a version: "1.2", "v1.2.3" and "01.2.3" are none.
  static std::optional<SemanticVersion> parse(std::string_view text);

  bool is_release() const { return prerelease.empty(); }
  std::string text() const;

  std::strong_ordering operator<=>(const SemanticVersion& other) const;
  bool operator==(const SemanticVersion& other) const { return (*this <=> other) == 0; }
};

}  // namespace gantry::content

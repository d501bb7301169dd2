#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gantry::oci {

/// "os/architecture[/variant]" in Go's words: linux/amd64, linux/arm64, linux/arm/v7.
struct Platform {
  std::string os = "linux";
  std::string architecture = "amd64";
  std::string variant;  ///< empty: none

  static base::Result<Platform> parse(std::string_view text);
  static Platform host();
  std::string text() const;
  /// Whether an image of this platform is what somebody wants who asks for that one: a variant that
  /// is not asked for does not matter.
  bool serves(const Platform& wanted) const;
  bool operator==(const Platform&) const = default;
};

}  // namespace gantry::oci

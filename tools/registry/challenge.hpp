#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::registry {

/// One way to authenticate that a server offers (RFC 9110, section 11.3).
struct Challenge {
  std::string scheme;                             ///< lower case: "bearer", "basic"
  std::string token68;                            ///< what some schemes have instead of parameters
  std::map<std::string, std::string> parameters;  ///< names in lower case, values unquoted

  /// The parameter's value; empty if there is none.
  std::string_view parameter(std::string_view name) const;
  bool operator==(const Challenge&) const = default;
};

/// The challenges of all WWW-Authenticate fields of an answer, in their order. What cannot be read
/// ends its field there: an offer that nobody understands is as good as none. So does all beyond
/// 16 KiB of a field, 32 challenges, and 32 parameters of one.
std::vector<Challenge> parse_challenges(std::span<const std::string_view> fields);

}  // namespace gantry::registry

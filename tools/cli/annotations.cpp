#include "cli/annotations.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace gantry::cli {

base::Result<oci::Annotations> parse_annotations(const std::vector<std::string>& values) {
  oci::Annotations annotations;
  for (const auto& value : values) {
    const auto equals = value.find('=');
    if (equals == std::string::npos || equals == 0) {
      return base::Error{fmt::format("'{}' is no annotation", base::printable(value)),
                         "--annotation", "write KEY=VALUE"};
    }
    annotations.insert_or_assign(value.substr(0, equals), value.substr(equals + 1));
  }
  return annotations;
}

}  // namespace gantry::cli

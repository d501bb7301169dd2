#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace gantry::oci {

/// Replaces $NAME and ${NAME} by the values in environment ("NAME=value"; unknown names by
/// nothing) and $$ by a dollar. A dollar before anything else stays. ${ without its }, or with
/// more than a name in it, is an error.
base::Result<std::string> expand_variables(std::string_view text,
                                           std::span<const std::string> environment);

/// Sets NAME in environment: in its place if it is there, else at the end.
void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value);

}  // namespace gantry::oci

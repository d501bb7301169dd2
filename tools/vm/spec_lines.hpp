#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gantry::vm {

/// What to do with the value of each key of a description.
using SpecKeys =
    std::map<std::string, std::function<base::Result<void>(std::string_view value)>, std::less<>>;

/// Reads a description that CMake has written: first_line, then one "key value" a line. Errors name
/// where and the line; an unknown key is one that names the nearest.
base::Result<void> read_spec(std::string_view text, std::string_view first_line,
                             const SpecKeys& keys, const std::string& where);

/// A port, 1 to 65535.
base::Result<std::uint16_t> parse_guest_port(std::string_view text);

/// "'x' is not a port".
base::Error wrong_value(std::string_view value, std::string_view what);

}  // namespace gantry::vm

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gantry::base {

/// The standard alphabet, padded (RFC 4648, section 4).
std::string to_base64(std::string_view bytes);

/// Reads the standard alphabet or the one for URLs (section 5), with or without padding; nothing if
/// it is anything else.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace gantry::base

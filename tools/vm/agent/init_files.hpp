#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gantry::vm::init {

/// Says on the console what could not be done: "gantry-guest-init: cannot <action>: <strerror>".
void complain(const std::string& action, int code);

/// A whole file; nothing if it cannot be read.
std::optional<std::string> read_file(const std::string& path);

/// Makes or replaces a file; says so if it cannot.
void write_file(const std::string& path, std::string_view content, unsigned mode);

/// Whether there is a file with something in it.
bool has_content(const std::string& path);

}  // namespace gantry::vm::init

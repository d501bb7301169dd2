#pragma once

#include <string>

namespace gantry::config {

/// All keys of a description with values, defaults and meanings, as Markdown.
std::string reference();

}  // namespace gantry::config

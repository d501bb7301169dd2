#pragma once

#include <string_view>

namespace gantry::report {

/// The style sheet of all pages: light and dark as the reader has it, light on paper.
std::string_view style_sheet();

}  // namespace gantry::report
